import { referenceReward } from '#autoscaler/env/reference-reward.ts';
import type { StepFacts } from '#autoscaler/env/reward.ts';
import type { FarmConfig } from '#shared/config.ts';
import type { ConfigEffect } from './effect.ts';

const step: StepFacts = {
  observation: [0, 0, 0, 0, 16, 1.5, 1.5, 5, 1],
  appliedDelta: 0,
  workerSeconds: 128,
  lateTasks: 0,
  unfinished: 0,
  terminated: false,
  truncated: false,
};

/** One term of one step, rounded to what people read. */
const term =
  (name: string, change: Partial<StepFacts>) =>
  (config: FarmConfig): number =>
    Number((referenceReward(config.reward).terms({ ...step, ...change })[name] ?? NaN).toFixed(6));

const waiting = (tasks: number): Partial<StepFacts> => ({ observation: [0, tasks, 0, 0, 16, 1.5, 1.5, 5, 1] });
const late: Partial<StepFacts> = { observation: [0, 0, 0, 0, 16, 1.5, 1.5, 5, 0.9] };

export const rewardEffects: readonly ConfigEffect[] = [
  row('targetQos', 0.8, { term: 'qos', change: late, before: -1.8, after: 3.6 }),
  row('qosWeight', 10, { term: 'qos', change: {}, before: 1.8, after: 0.5 }),
  row('queueTarget', 15, { term: 'backlog', change: waiting(60), before: -2.5, after: -22.5 }),
  row('backlogWeight', 1, { term: 'backlog', change: waiting(60), before: -2.5, after: -1 }),
  row('balancedWorkers', 10, { term: 'efficiency', change: {}, before: -0.1, after: -0.3 }),
  row('efficiencyWeight', 1, { term: 'efficiency', change: {}, before: -0.1, after: -2 }),
  row('idleQueueThreshold', 2, { term: 'efficiency', change: waiting(5), before: -0.1, after: 0 }),
  row('scalingWeight', 1, { term: 'scaling', change: { appliedDelta: 2 }, before: -0.16, after: -2 }),
  row('scaleUpWeight', 1, { term: 'up', change: { ...late, appliedDelta: 1 }, before: 5.5, after: 1 }),
  row('scaleDownWeight', 1, { term: 'down', change: { appliedDelta: -1 }, before: 0.1, after: 1 }),
  row('unfinishedPenaltyScale', 1, {
    ...{ term: 'end', change: { truncated: true, unfinished: 4 }, before: -8, after: -4 },
  }),
  row('completionBonus', 1, { term: 'end', change: { terminated: true }, before: 8, after: 1 }),
];

function row(
  key: string,
  to: number,
  judged: { term: string; change: Partial<StepFacts>; before: number; after: number },
): ConfigEffect {
  return {
    key: `reward.${key}`,
    to,
    shows: `the reward's term ${judged.term}`,
    effect: term(judged.term, judged.change),
    before: judged.before,
    after: judged.after,
  };
}
