import { describe, expect, test } from 'vitest';
import { costReward } from '#autoscaler/env/cost-reward.ts';
import { referenceReward } from '#autoscaler/env/reference-reward.ts';
import { totalReward, type StepFacts } from '#autoscaler/env/reward.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';

const settings = farmConfigSchema.parse({}).reward;

interface Given {
  readonly waiting?: number;
  readonly workers?: number;
  readonly qos?: number;
}

function facts({ waiting = 0, workers = 14, qos = 1 }: Given, changed: Partial<StepFacts> = {}): StepFacts {
  return {
    observation: [3, waiting, 0, 0, workers, 1.5, 3, 5, qos],
    appliedDelta: 0,
    workerSeconds: 0,
    lateTasks: 0,
    unfinished: 0,
    terminated: false,
    truncated: false,
    ...changed,
  };
}

describe('the reference reward', () => {
  const reward = referenceReward(settings);
  const terms = (given: StepFacts) => reward.terms(given);

  test('a calm step at 14 workers and QoS 1 earns 5.40', () => {
    expect(terms(facts({}))).toMatchObject({
      qos: expect.closeTo(1.8, 9) as number,
      calm: expect.closeTo(3.6, 9) as number,
    });
    expect(totalReward(terms(facts({})))).toBeCloseTo(5.4, 9);
  });

  // Steps of the reference's own log (DQN, shipped configuration): what was done and seen, and the reward that it had.
  test.each([
    ['calm', { delta: 0, waiting: 0, workers: 12, qosPercent: 100, logged: 5.4 }],
    ['late, some waiting', { delta: 0, waiting: 9, workers: 12, qosPercent: 91.18, logged: -1.38 }],
    ['one more while late', { delta: 1, waiting: 2, workers: 13, qosPercent: 78.46, logged: -0.53 }],
    ['one more while very late', { delta: 1, waiting: 0, workers: 15, qosPercent: 56.94, logged: -8.28 }],
    ['one more while calm', { delta: 1, waiting: 0, workers: 16, qosPercent: 100, logged: 5.22 }],
    ['calm, more workers than balanced', { delta: 0, waiting: 0, workers: 16, qosPercent: 98.36, logged: 4.71 }],
    ['on target, queue not idle', { delta: 0, waiting: 12, workers: 12, qosPercent: 95.08, logged: 3.63 }],
    ['late, more workers than balanced', { delta: 0, waiting: 0, workers: 15, qosPercent: 88.16, logged: -2.46 }],
    ['a long queue', { delta: 1, waiting: 21, workers: 13, qosPercent: 46.88, logged: -11.9 }],
    ['an overlong queue', { delta: 1, waiting: 34, workers: 14, qosPercent: 42.19, logged: -13.64 }],
  ])('logged: %s', (_, { delta, waiting, workers, qosPercent, logged }) => {
    const given = facts({ waiting, workers, qos: qosPercent / 100 }, { appliedDelta: delta });
    // QoS was logged to 0.01 %, which is 0.0036 of reward, and the reward to 0.01.
    expect(Math.abs(totalReward(terms(given)) - logged)).toBeLessThan(0.01);
  });

  test.each([
    ['all done before the steps ran out', { terminated: true }, 13.4],
    ['steps ran out', { truncated: true, unfinished: 4 }, 5.4 - 8],
    ['no more than queueTarget of the unfinished count', { truncated: true, unfinished: 400 }, 5.4 - 60],
  ])('at the end: %s', (_, changed, reward) => {
    expect(totalReward(terms(facts({}, changed)))).toBeCloseTo(reward, 9);
  });

  test('one worker fewer is rewarded while calm, and not while overloaded', () => {
    expect(terms(facts({}, { appliedDelta: -1 }))['down']).toBeCloseTo(0.1, 9);
    expect(terms(facts({ waiting: 31 }, { appliedDelta: -1 }))['down']).toBe(0);
  });
});

test('the cost reward is worker-seconds and late tasks in tens of worker-seconds', () => {
  const reward = costReward({ lateCost: 60 });
  const given = facts({}, { workerSeconds: 8 * 14, lateTasks: 1 });
  expect(totalReward(reward.terms(given))).toBeCloseTo(-17.2, 9);
});
