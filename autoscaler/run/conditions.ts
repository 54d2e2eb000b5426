import type { Conditions } from './plots/theme.ts';
import type { Scenario } from './scenario.ts';

/** Under which conditions figures came about, as plots and tables name them. */
export function conditionsOf(scenario: Scenario, seeds: string): Conditions {
  const { workload, profile, dispatch, actions } = scenario;
  return { workload: workload.name, profile, dispatch, actions, seeds };
}

/** '100 held-out seeds from 42' */
export function heldOutSeeds(seed: number, seeds: number): string {
  return seeds === 1 ? `held-out seed ${seed}` : `${seeds} held-out seeds from ${seed}`;
}
