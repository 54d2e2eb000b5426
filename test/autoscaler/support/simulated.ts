import { SimulatedEnvironment } from '#autoscaler/env/simulated-environment.ts';
import { referenceReward } from '#autoscaler/env/reference-reward.ts';
import type { Reward } from '#autoscaler/env/reward.ts';
import { actionSet, type ActionSetName } from '#autoscaler/policy/action-set.ts';
import { timingProfile, type TimingProfileName } from '#autoscaler/sim/profiles/catalogue.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import type { DispatchRule } from '#shared/queue/lane-rule.ts';
import { deadlineRule } from '#shared/task.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';

/** A simulated farm with farm.yml's defaults. */
export function simulated(options: {
  workload: string;
  profile?: TimingProfileName;
  actions?: ActionSetName;
  initialWorkers?: number;
  reward?: Reward;
  dispatch?: DispatchRule['dispatch'];
  estimateError?: number;
}): SimulatedEnvironment {
  const config = farmConfigSchema.parse({});
  const workload = findWorkload(options.workload, config);
  const initialWorkers = options.initialWorkers ?? workload.control.initialWorkers;
  return new SimulatedEnvironment({
    workload: { ...workload, control: { ...workload.control, initialWorkers } },
    profile: timingProfile(options.profile ?? 'reference'),
    deadline: deadlineRule(config),
    actions: actionSet(options.actions ?? 'one', { minWorkers: 1, maxWorkers: 32 }),
    reward: options.reward ?? referenceReward(config.reward),
    dispatch: options.dispatch ?? 'fifo',
    estimateError: options.estimateError ?? 0,
  });
}
