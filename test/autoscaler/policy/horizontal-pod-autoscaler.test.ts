import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HorizontalPodAutoscaler, type HpaSettings } from '#autoscaler/policy/horizontal-pod-autoscaler.ts';

const settings: HpaSettings = { minWorkers: 1, maxWorkers: 100, target: 5, scaleDownWindowS: 300 };

/** Orders after syncs of [at s, metric, pods]. */
function orders(change: Partial<HpaSettings>, syncs: readonly (readonly [number, number, number])[]): number[] {
  const autoscaler = new HorizontalPodAutoscaler({ ...settings, ...change });
  return syncs.map(([atS, metric, pods]) => autoscaler.sync({ at: atS * 1000, metric, pods }).replicas);
}

describe('what is recommended', () => {
  test.each([
    // The doc comment's example: 54 over 10 are 5.4 each, 8 % over 5.
    ['8 % over the target is tolerated', 54, 10, 10],
    ['10 % over is tolerated', 55, 10, 10],
    ['a task more is not: ⌈56 / 5⌉', 56, 10, 12],
    ['10 % under is tolerated', 45, 10, 10],
    ['a task fewer is not: ⌈44 / 5⌉', 44, 10, 9],
    ['nothing waits: the fewest', 0, 10, 1],
    ['no pod runs: ⌈7 / 5⌉', 7, 0, 2],
    ['no pod runs and nothing waits', 0, 0, 1],
    ['a pool over the maximum is cut', 1_000, 140, 100],
  ])('%s', (_case, metric, pods, order) => {
    expect(orders({ scaleDownWindowS: 0 }, [[0, metric, pods]])).toEqual([order]);
  });
});

describe('how fast it grows', () => {
  test.each([
    ['4 more than 1, as that is more than twice 1', [[0, 500, 1]], [5]],
    ['4 more than 4 and twice 4 are the same', [[0, 500, 4]], [8]],
    ['twice 10', [[0, 120, 10]], [20]],
    // 10 → 20 at 0 s; at 10 s the period still began with 10; at 15 s it begins with 20.
    [
      'from where it stood 15 s ago',
      [
        [0, 500, 10],
        [10, 500, 20],
        [15, 500, 20],
      ],
      [20, 20, 40],
    ],
    ['never over the maximum', [[0, 5_000, 60]], [100]],
  ] as const)('%s', (_case, syncs, expected) => {
    expect(orders({}, syncs)).toEqual(expected);
  });

  test('what was taken away in the period may come back and as much again', () => {
    // 20 → 10 at 0 s; at 5 s the period began with 20, so up to 40.
    expect(
      orders({ scaleDownWindowS: 0 }, [
        [0, 50, 20],
        [5, 500, 10],
      ]),
    ).toEqual([10, 40]);
  });
});

describe('how it shrinks', () => {
  test('not below what there was at the start until that is 300 s old', () => {
    expect(
      orders({}, [
        [0, 15, 10],
        [15, 15, 10],
        [285, 15, 10],
        [300, 15, 10],
      ]),
    ).toEqual([10, 10, 10, 3]);
  });

  test('to the most that was recommended within the window', () => {
    expect(
      orders({ scaleDownWindowS: 60 }, [
        [0, 15, 10],
        [30, 35, 10],
        [60, 15, 10],
        [75, 15, 7],
        [90, 15, 7],
      ]),
    ).toEqual([10, 10, 7, 7, 3]);
  });

  test('at once, and by any number, without a window', () => {
    expect(orders({ scaleDownWindowS: 0 }, [[0, 0, 90]])).toEqual([1]);
  });
});

test('an order stands although the pods are still on their way to it', () => {
  // 20 ordered; 11 run with 5 each, which recommends 11: neither more nor, within the window, fewer than 20.
  expect(
    orders({}, [
      [0, 120, 10],
      [15, 55, 11],
    ]),
  ).toEqual([20, 20]);
});

test('says what came of what', () => {
  const autoscaler = new HorizontalPodAutoscaler(settings);
  expect(autoscaler.sync({ at: 0, metric: 120, pods: 10 })).toEqual({
    replicas: 20,
    because: '120 over 10 workers against 5 each: 24 recommended; at most 20 in 15 s',
  });
  expect(autoscaler.sync({ at: 15_000, metric: 0, pods: 20 })).toEqual({
    replicas: 20,
    because: '0 over 20 workers against 5 each: 0 recommended; 20 was recommended within 300 s',
  });
});

test('a longer queue never orders fewer', () => {
  const queue = fc.nat({ max: 500 });
  fc.assert(
    fc.property(queue, queue, fc.integer({ min: 1, max: 100 }), (one, other, pods) => {
      const [fewer = 0] = orders({ scaleDownWindowS: 0 }, [[0, Math.min(one, other), pods]]);
      const [more = 0] = orders({ scaleDownWindowS: 0 }, [[0, Math.max(one, other), pods]]);
      expect(more).toBeGreaterThanOrEqual(fewer);
    }),
  );
});
