import { describe, expect, test } from 'vitest';
import { replayRows } from '#autoscaler/learn/dqn/replay-memory.ts';
import { bestAllowed, temporalDifferenceTargets } from '#autoscaler/learn/dqn/targets.ts';

/** Targets of one experience at a time: reward 1, discount 0.9 unless a row says otherwise. */
function targetOf(row: {
  chooser: readonly number[];
  target: readonly number[];
  mask?: readonly number[];
  discount?: number;
}): number {
  const { chooser, target, mask = [1, 1, 1], discount = 0.9 } = row;
  const batch = replayRows({ rows: 1, features: 1, actions: 3 });
  batch.rewards.set([1]);
  batch.discounts.set([discount]);
  batch.nextMasks.set(mask);
  const targets = new Float32Array(1);
  temporalDifferenceTargets(batch, { chooser: Float32Array.from(chooser), target: Float32Array.from(target) }, targets);
  return targets[0]!;
}

const chooser = [5, 7, 6];
const target = [10, 2, 4];

describe('y = r + discount · Q_target(next, argmax Q_chooser)', () => {
  test.each([
    { name: 'Double DQN: the chooser chooses, the target network values', row: { chooser, target }, expected: 2.8 },
    { name: 'plain DQN: the target network does both', row: { chooser: target, target }, expected: 10 },
    { name: 'the chosen action is not allowed', row: { chooser, target, mask: [1, 0, 1] }, expected: 4.6 },
    { name: 'one action is allowed', row: { chooser, target, mask: [1, 0, 0] }, expected: 10 },
    { name: 'a terminated episode', row: { chooser, target, discount: 0 }, expected: 1 },
    { name: 'two steps', row: { chooser, target, discount: 0.81 }, expected: 2.62 },
  ])('$name', ({ row, expected }) => {
    expect(targetOf(row)).toBeCloseTo(expected, 5);
  });

  test('row by row', () => {
    const batch = replayRows({ rows: 2, features: 1, actions: 2 });
    batch.rewards.set([1, 2]);
    batch.discounts.set([0.5, 0]);
    batch.nextMasks.fill(1);
    const targets = new Float32Array(2);
    const values = { chooser: Float32Array.of(1, 2, 4, 3), target: Float32Array.of(10, 20, 30, 40) };
    temporalDifferenceTargets(batch, values, targets);
    expect([...targets]).toEqual([11, 2]);
  });
});

test.each([
  { name: 'the highest', values: [1, 3, 2], mask: [true, true, true], best: 1 },
  { name: 'of two alike, the one with more workers', values: [3, 3, 2], mask: [true, true, true], best: 1 },
  { name: 'allowed ones only', values: [1, 3, 2], mask: [true, false, true], best: 2 },
  { name: 'negative values', values: [-3, -1, -2], mask: [true, false, true], best: 2 },
])('the best action is $name', ({ values, mask, best }) => {
  expect(bestAllowed(Float32Array.from(values), (action) => mask[action]!)).toBe(best);
});
