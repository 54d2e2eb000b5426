import { planWorkload } from '#shared/workload/plan.ts';
import type { Workload } from '#shared/workload/workload.ts';

/** Where a phase of the workload begins in an episode. */
export interface PhaseStart {
  readonly name: string;
  readonly atS: number;
}

/** Where the phases begin in the episode with this seed, in order of time. */
export function phaseStarts(workload: Workload, seed: number): readonly PhaseStart[] {
  let atS = 0;
  return planWorkload(workload, { seed }).phases.map(({ name, durationMs }) => {
    const start = { name, atS };
    atS += durationMs / 1000;
    return start;
  });
}
