import { z } from 'zod';
import { rewardSettings } from '#shared/agents-schema.ts';
import type { FarmConfig } from '#shared/config.ts';
import { closedObject } from '#shared/parse.ts';
import { dispatchOrders, LATE_EVERY } from '#shared/queue/lane-rule.ts';
import { notNegative, oneOf, positive, positiveOrNull, whole } from '#shared/quantity.ts';
import { deadlineRule } from '#shared/task.ts';
import { MOST_WORKERS } from '#shared/workload/limits.ts';
import { workloadSchema, type Workload } from '#shared/workload/workload.ts';
import { costReward } from '../env/cost-reward.ts';
import { referenceReward } from '../env/reference-reward.ts';
import type { Reward } from '../env/reward.ts';
import { actionSet, actionSetNames, type ActionSet } from '../policy/action-set.ts';
import type { PolicyOptions } from '../policy/policy.ts';
import { timingProfile, timingProfileNames } from '../sim/profiles/catalogue.ts';
import { timingProfileSchema, type TimingProfile } from '../sim/timing-profile.ts';

/** How steps are judged. */
const rewardChoice = z.discriminatedUnion('kind', [
  closedObject({ kind: z.literal('reference'), settings: rewardSettings }),
  /** Worker-seconds against late tasks: one late task costs as much as so many worker-seconds. */
  closedObject({ kind: z.literal('cost'), lateCost: positive('a cost in worker-seconds') }),
]);

/**
 * What policies are put through, but for the seed: a workload with its control, and everything else that a figure depends
 * on. Complete and plain data, so that it can stand in a run's config.json, go to a thread, and be compared.
 */
export const scenarioSchema = closedObject({
  workload: workloadSchema,
  /** The timing profile of the simulated farm; `farm`: the one in `timing`; `live`: a real farm. */
  profile: oneOf(...timingProfileNames, 'farm', 'live'),
  /** The profile `farm`, whole: what a farm's own logs made of it (continual/farm-profile.ts). Only with `farm`. */
  timing: timingProfileSchema.optional(),
  dispatch: oneOf(...dispatchOrders),
  /** Of so many claims one serves the late tasks, under `lanes`. */
  lateEvery: whole(2, 1000, 'a whole number of claims').default(LATE_EVERY),
  actions: oneOf(...actionSetNames),
  minWorkers: whole(1, MOST_WORKERS, 'a whole number of workers'),
  maxWorkers: whole(1, MOST_WORKERS, 'a whole number of workers'),
  horizonS: positiveOrNull('a time in s'),
  deadline: closedObject({
    coefficient: positive('a factor'),
    floorMs: notNegative('a time in ms'),
    capMs: positive('a time in ms'),
  }),
  reward: rewardChoice,
}).refine(({ profile, timing }) => (profile === 'farm') === (timing !== undefined), {
  path: ['timing'],
  message: 'expected a timing profile with profile farm, and none with another',
});

export type Scenario = z.infer<typeof scenarioSchema>;

/** What a command line says; the rest is farm.yml's. */
export type ScenarioChoices = Pick<Scenario, 'workload' | 'profile' | 'timing' | 'dispatch' | 'actions'> & {
  /** Null: the reference's reward, with farm.yml's weights. */
  readonly lateCost: number | null;
};

export function scenarioFrom(config: FarmConfig, choices: ScenarioChoices): Scenario {
  const { lateCost, ...chosen } = choices;
  const { minWorkers, maxWorkers, horizonS } = config.control;
  return {
    ...chosen,
    minWorkers,
    maxWorkers,
    horizonS,
    lateEvery: config.queue.lateEvery,
    deadline: deadlineRule(config),
    reward: lateCost === null ? { kind: 'reference', settings: config.reward } : { kind: 'cost', lateCost },
  };
}

/** The workload with another step, window, start or length than it declares. */
export function withControl(workload: Workload, changed: Partial<Workload['control']>): Workload {
  return { ...workload, control: { ...workload.control, ...changed } };
}

export function rewardOf({ reward }: Scenario): Reward {
  return reward.kind === 'reference' ? referenceReward(reward.settings) : costReward(reward);
}

/** The simulated farm's timing. @throws UNKNOWN_PROFILE for `live`, which has none */
export function timingOf({ profile, timing }: Pick<Scenario, 'profile' | 'timing'>): TimingProfile {
  return timing ?? timingProfile(profile);
}

export function actionsOf(scenario: Scenario): ActionSet {
  return actionSet(scenario.actions, scenario);
}

/** What the scenario's policies are made with. */
export function policyOptionsOf(scenario: Scenario): PolicyOptions {
  const { minWorkers, maxWorkers, horizonS, workload } = scenario;
  return { minWorkers, maxWorkers, horizonS, stepDurationS: workload.control.stepDurationS };
}
