import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NStepReturns, type Experience, type Step } from '#autoscaler/learn/dqn/n-step.ts';

/** Steps of an episode whose states count 0, 1, 2 …; `end` marks the last one. */
function episode(rewards: readonly number[], end: 'terminated' | 'truncated' | 'open'): Step[] {
  return rewards.map((reward, i) => ({
    state: Float32Array.of(i),
    action: i,
    reward,
    next: Float32Array.of(i + 1),
    nextMask: [true, i % 2 === 0],
    terminated: end === 'terminated' && i === rewards.length - 1,
    truncated: end === 'truncated' && i === rewards.length - 1,
  }));
}

const play = (returns: NStepReturns, steps: readonly Step[]): Experience[] =>
  steps.flatMap((step) => returns.push(step));

/** State, n-step reward, state after, discount. */
const row = ({ state, reward, next, discount }: Experience) => [state[0], reward, next[0], discount];

describe('returns of n steps, gamma 0.5', () => {
  test.each([
    {
      name: 'one step, terminated: the last one has no future',
      n: 1,
      rewards: [1, 2, 4],
      end: 'terminated',
      expected: [
        [0, 1, 1, 0.5],
        [1, 2, 2, 0.5],
        [2, 4, 3, 0],
      ],
    },
    {
      name: 'one step, truncated: the last one has one',
      n: 1,
      rewards: [1, 2, 4],
      end: 'truncated',
      expected: [
        [0, 1, 1, 0.5],
        [1, 2, 2, 0.5],
        [2, 4, 3, 0.5],
      ],
    },
    {
      name: 'two steps, terminated (the example of the page)',
      n: 2,
      rewards: [1, 2, 4],
      end: 'terminated',
      expected: [
        [0, 2, 2, 0.25],
        [1, 4, 3, 0],
        [2, 4, 3, 0],
      ],
    },
    {
      name: 'two steps, truncated: shorter returns are discounted for what they have',
      n: 2,
      rewards: [1, 2, 4],
      end: 'truncated',
      expected: [
        [0, 2, 2, 0.25],
        [1, 4, 3, 0.25],
        [2, 4, 3, 0.5],
      ],
    },
    {
      name: 'an episode shorter than n',
      n: 5,
      rewards: [8, 4],
      end: 'truncated',
      expected: [
        [0, 10, 2, 0.25],
        [1, 4, 2, 0.5],
      ],
    },
    { name: 'an episode under way', n: 3, rewards: [1, 2], end: 'open', expected: [] },
  ] as const)('$name', ({ n, rewards, end, expected }) => {
    expect(play(new NStepReturns({ n, gamma: 0.5 }), episode(rewards, end)).map(row)).toEqual(expected);
  });

  test('keep action and mask of their ends', () => {
    const [first] = play(new NStepReturns({ n: 2, gamma: 0.5 }), episode([1, 2], 'truncated'));
    expect(first).toMatchObject({ action: 0, nextMask: [true, false] });
  });

  test('an episode that was left does not run into the next', () => {
    const returns = new NStepReturns({ n: 3, gamma: 0.5 });
    play(returns, episode([100, 100], 'open'));
    returns.clear();
    expect(play(returns, episode([1], 'terminated')).map(row)).toEqual([[0, 1, 1, 0]]);
  });

  test('every step gives one, equal to the sum written out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        (rewards, n, terminated) => {
          const steps = episode(rewards, terminated ? 'terminated' : 'truncated');
          const rows = play(new NStepReturns({ n, gamma: 0.9 }), steps).map(row);
          expect(rows.map(([state]) => state)).toEqual(rewards.map((_, i) => i));
          for (const [state, reward, next, discount] of rows) {
            const length = Math.min(n, rewards.length - state!);
            const sum = rewards.slice(state, state! + length).reduce((total, r, k) => total + r * 0.9 ** k, 0);
            expect(reward).toBeCloseTo(sum, 9);
            expect(next).toBe(state! + length);
            const over = terminated && state! + length === rewards.length;
            expect(discount).toBeCloseTo(over ? 0 : 0.9 ** length, 12);
          }
        },
      ),
    );
  });
});
