import { scenarioFrom, withControl, type Scenario } from '#autoscaler/run/scenario.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';

/** The reference workload as its emitter sends it, cut off after a few steps so that an episode takes next to no time. */
export function shortScenario(maxSteps = 10): Scenario {
  const workload = withControl(findWorkload('reference-as-coded', defaultConfig), { maxSteps });
  return scenarioFrom(defaultConfig, {
    workload,
    profile: 'reference',
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  });
}
