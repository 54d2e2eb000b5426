import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { FarmhandError } from '#shared/errors.ts';
import { seen } from '../support/sightings.ts';

const options = { minWorkers: 2, maxWorkers: 16, stepDurationS: 8, horizonS: null };

describe('findPolicy', () => {
  test.each(['reactive-average', 'reactive-maximum', 'static-2', 'static-15', 'static-16'])('knows %s', (name) => {
    expect(findPolicy(name, options).name).toBe(name);
  });

  test.each([
    ['a name that nobody has', 'lucky', /expected one of static-N, reactive-average, reactive-maximum/],
    ['no number', 'static-', /expected one of/],
    ['the placeholder itself', 'static-N', /a number of workers, as in static-15/],
    ['a leading zero', 'static-015', /expected one of/],
    ['part of a name', 'reactive', /expected one of/],
    ['no worker', 'static-0', /expected one of/],
    ['a pool under minWorkers', 'static-1', /N must be from minWorkers to maxWorkers \(2 to 16\)/],
    ['a pool over maxWorkers', 'static-17', /N must be from minWorkers to maxWorkers \(2 to 16\)/],
    ['an absurd number', 'static-99999999', /expected one of/],
  ])('refuses %s', (_case, name, message) => {
    const find = (): unknown => findPolicy(name, options);
    expect(find).toThrow(message);
    expect(find).toThrow(expect.objectContaining({ code: 'UNKNOWN_POLICY' }) as FarmhandError);
  });
});

describe('static-N', () => {
  const policy = findPolicy('static-15', options);

  test.each([
    ['fewer', 12, 15],
    ['more', 16, 15],
    ['none', 0, 15],
  ])('asks for its pool when there are %s', (_case, workers, replicas) => {
    expect(policy.decide(seen({ workers }))).toMatchObject({ kind: 'scale', replicas });
  });

  test('holds when the pool is there, however long the queue', () => {
    expect(policy.decide(seen({ workers: 15, waiting: 10_000 }))).toMatchObject({ kind: 'hold' });
  });
});
