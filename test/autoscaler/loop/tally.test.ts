import { describe, expect, test } from 'vitest';
import { Tally } from '#autoscaler/loop/tally.ts';

const ended = (outcome: Parameters<Tally['end']>[0]['outcome'], drained = 0, withdrawn = 0) => ({
  outcome,
  drained,
  withdrawn,
});

describe('Tally', () => {
  test('the mean is over time: 2 for 10 s, then 4 for 10 s, are 3', () => {
    const tally = new Tally();
    tally.see(5_000, 2);
    tally.see(15_000, 4);
    expect(tally.read(25_000).workers).toEqual({ mean: 3, max: 4, now: 4 });
  });

  test('looks at uneven moments do not weigh more', () => {
    const tally = new Tally();
    for (const atMs of [0, 1, 2, 3, 4]) tally.see(atMs, 10);
    tally.see(1_000, 1);
    expect(tally.read(10_000).workers.mean).toBeCloseTo((10 * 1_000 + 1 * 9_000) / 10_000, 10);
  });

  test.each([
    ['never seen', [], { mean: null, max: null, now: null }],
    ['seen this moment', [3], { mean: 3, max: 3, now: 3 }],
  ])('%s', (_case, looks, workers) => {
    const tally = new Tally();
    for (const look of looks) tally.see(1_000, look);
    expect(tally.read(1_000).workers).toEqual(workers);
  });

  test('counts decisions by what they changed', () => {
    const tally = new Tally();
    const outcomes = ['up', 'up', 'down', 'noop', 'withdrawn', 'refused', 'failed'] as const;
    for (const outcome of outcomes) tally.end(ended(outcome));
    expect(tally.read(0).scaling).toEqual({ up: 2, down: 1, noop: 4 });
  });

  test('counts steps, skipped ones, and what drains came to', () => {
    const tally = new Tally();
    expect([tally.step(), tally.step()]).toEqual([1, 2]);
    tally.skip(3);
    tally.end(ended('down', 2, 1));
    tally.end(ended('withdrawn', 0, 1));
    expect(tally.read(0)).toMatchObject({ steps: 2, skipped: 3, drains: { drained: 2, withdrawn: 2 } });
  });
});
