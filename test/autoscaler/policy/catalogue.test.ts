import { describe, expect, test } from 'vitest';
import { findPolicy, policies, policyNames } from '#autoscaler/policy/catalogue.ts';
import { FarmhandError } from '#shared/errors.ts';
import { seen } from '../support/sightings.ts';

const options = { minWorkers: 2, maxWorkers: 16, stepDurationS: 8, horizonS: null };

describe('findPolicy', () => {
  const withOptions = [
    'static-2',
    'static-15',
    'static-16',
    'hpa-2',
    'hpa-0.5-60s',
    'hpa-0s',
    'keda-10-3600s',
    'kpa-1',
    'kpa-0.7-6s',
    'square-root-1.5',
    'square-root-last',
    'square-root-2-average',
    'erlang-c-0.05-trend',
    'offered-load-0-holt',
    'trend-1.25',
    'trend-0-12',
    'steady-3',
    'steady-0.5-600s',
  ];
  test.each([...policyNames.filter((name) => name !== 'static-N'), ...withOptions])('knows %s', (name) => {
    const policy = findPolicy(name, options);
    expect(policy.name).toBe(name);
    expect(policy.usesClock).toBe(false);
  });

  test('gives a fresh policy each time', () => {
    expect(findPolicy('kpa', options)).not.toBe(findPolicy('kpa', options));
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
    ['an option where none is', 'openfaas-ce-5', /some with options, as in hpa-2-60s/],
    ['options in the wrong order', 'hpa-60s-2', /expected one of/],
    ['half a second', 'hpa-1-0.5s', /expected one of/],
    ['no target', 'hpa-0', /^policy hpa-0: TARGET must be from 0.001 to 9999, got 0$/],
    ['a window over an hour', 'keda-5-3601s', /SECONDS must be from 0 to 3600, got 3601$/],
    ['a window shorter than Knative’s', 'kpa-1-5s', /SECONDS must be from 6 to 3600, got 5$/],
    ['a negative β', 'square-root--1', /expected one of/],
    ['a forecaster that nobody has', 'square-root-1-oracle', /expected one of/],
    ['that all may wait', 'erlang-c-1', /SHARE must be from 0.001 to 0.999, got 1$/],
    ['no memory', 'steady-2-0s', /SECONDS must be from 1 to 86400, got 0$/],
    ['a line through one step', 'trend-1-1', /STEPS must be from 2 to 100, got 1$/],
  ])('refuses %s', (_case, name, message) => {
    const find = (): unknown => findPolicy(name, options);
    expect(find).toThrow(message);
    expect(find).toThrow(expect.objectContaining({ code: 'UNKNOWN_POLICY' }) as FarmhandError);
  });
});

describe('the list of policies', () => {
  test('has each name once, with a line of its own', () => {
    expect(new Set(policyNames).size).toBe(policies.length);
    expect(new Set(policies.map(({ summary }) => summary)).size).toBe(policies.length);
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
