import type { Environment } from '../env/environment.ts';
import { SimulatedEnvironment } from '../env/simulated-environment.ts';
import { actionsOf, rewardOf, timingOf, type Scenario } from './scenario.ts';

/** Opens the farms that a run steers: simulated ones here, live ones in live/. */
export interface Environments {
  /** Whether several may be open at once, in threads of their own. */
  readonly parallel: boolean;
  open(scenario: Scenario): Promise<Environment>;
}

/** Farms in virtual time. */
export const simulatedEnvironments: Environments = {
  parallel: true,
  open: async (scenario) => openSimulated(scenario),
};

export function openSimulated(scenario: Scenario): SimulatedEnvironment {
  return new SimulatedEnvironment({
    workload: scenario.workload,
    profile: timingOf(scenario),
    deadline: scenario.deadline,
    actions: actionsOf(scenario),
    reward: rewardOf(scenario),
    dispatch: scenario.dispatch,
    lateEvery: scenario.lateEvery,
  });
}
