import { Sfc32 } from '../rng.ts';
import { drawArrivals } from './arrivals.ts';
import { phaseOrder } from './phase-order.ts';
import { ServiceSampler, type SampledService } from './service.ts';
import type { Workload } from './workload.ts';

/** Everything that a run emits, and when: a pure function of the workload and the seed, bit for bit. */
export interface WorkloadPlan {
  readonly workload: Workload;
  readonly seed: number;
  /** In the run's order. */
  readonly phases: readonly PlannedPhase[];
  readonly totalTasks: number;
}

export interface PlannedPhase {
  /** Position in the run's order, from 0. */
  readonly index: number;
  readonly name: string;
  /** Time from this phase's start to the next one's. */
  readonly durationMs: number;
  /** In order of `atMs`. */
  readonly tasks: readonly PlannedTask[];
}

export interface PlannedTask extends SampledService {
  /** From the phase's start, on an absolute axis: a late emitter catches up instead of drifting. */
  readonly atMs: number;
}

/** Plans a whole run. */
export function planWorkload(workload: Workload, { seed }: { seed: number }): WorkloadPlan {
  const phases = workload.arrivals.map((_, index) => planPhase(workload, { seed, index }));
  const totalTasks = phases.reduce((sum, phase) => sum + phase.tasks.length, 0);
  return { workload, seed, phases, totalTasks };
}

/**
 * Plans the phase at position `index` of the run's order, and gives what planWorkload gives for it. Its draws are named by
 * the phase as the workload lists it: a phase has the same tasks wherever the order puts it.
 * @throws RangeError when the workload has no such phase.
 */
export function planPhase(workload: Workload, { seed, index }: { seed: number; index: number }): PlannedPhase {
  const listed = phaseOrder(workload, seed)[index];
  const phase = listed === undefined ? undefined : workload.arrivals[listed];
  if (phase === undefined) {
    throw new RangeError(`${workload.name}: no phase ${index}; it has 0 to ${workload.arrivals.length - 1}`);
  }
  const rng = new Sfc32(seed).fork(`phase-${listed}`);
  const { durationMs, atMs } = drawArrivals(rng.fork('arrivals'), phase, workload.emission);
  const services = rng.fork('services');
  const sampler = new ServiceSampler(workload.service);
  const tasks = atMs.map((at) => {
    const { sizePx, serviceMs } = sampler.sample(services);
    return { atMs: at, sizePx, serviceMs };
  });
  return { index, name: phase.name, durationMs, tasks };
}
