import { exponential, poisson } from '../distributions.ts';
import type { Rng } from '../rng.ts';
import { expectedTasks, peakRate, rateAt } from './rate.ts';
import { TimeColumn } from './time-column.ts';
import type { ArrivalPhase, Workload } from './workload.ts';

/** When one phase's tasks arrive. */
export interface Arrivals {
  /** Time from the phase's start to the next phase's. */
  readonly durationMs: number;
  /** Ascending, from the phase's start. */
  readonly atMs: readonly number[];
}

/** Draws one phase's arrivals. */
export function drawArrivals(rng: Rng, phase: ArrivalPhase, emission: Workload['emission']): Arrivals {
  const column = new TimeColumn();
  const durationMs = drawArrivalsInto(column, { rng, phase, emission, startMs: 0 });
  return { durationMs, atMs: [...column.values.subarray(0, column.count)] };
}

interface ArrivalDraw {
  readonly rng: Rng;
  readonly phase: ArrivalPhase;
  readonly emission: Workload['emission'];
  /** When the phase starts; it is added to each arrival. */
  readonly startMs: number;
}

/** The same, appended to a column. @returns the phase's duration, ms. */
export function drawArrivalsInto(column: TimeColumn, { rng, phase, emission, startMs }: ArrivalDraw): number {
  return emission === 'poisson' ? poissonInto(column, rng, phase, startMs) : asCodedInto(column, rng, phase, startMs);
}

/**
 * A non-homogeneous Poisson process on an absolute axis: candidates at the peak rate, each kept with probability
 * rate(t) / peak. The phase lasts as long as declared, whatever is drawn.
 * Source: Lewis & Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", NRLQ 26 (1979), algorithm 1.
 */
function poissonInto(column: TimeColumn, rng: Rng, { rate, durationS }: ArrivalPhase, startMs: number): number {
  const peak = peakRate(rate);
  if (peak > 0) {
    for (let t = exponential(rng, 1 / peak); t < durationS; t += exponential(rng, 1 / peak)) {
      if (rng.float() * peak < rateAt(rate, t, durationS)) column.push(startMs + t * 1000);
    }
  }
  return durationS * 1000;
}

const WINDOW_S = 1;

/**
 * What the reference's emitter does, whatever its configuration says (task-farm reference, `generate_tasks_for_phase`):
 * the phase's exact number of tasks is spread over windows of 1 s by Poisson(left / windows left), so no rate or pattern
 * plays a part; a window without tasks takes no time at all; one with n tasks lasts the sum of n exponential pauses of
 * mean 1/n s, each after its task, and nothing corrects the drift. For 90, 450, 300 and 300 tasks in 60 s phases that
 * makes phases of 46.2, 60.0, 59.5 and 59.6 s in the mean (test/shared/workload/arrivals.test.ts).
 */
function asCodedInto(column: TimeColumn, rng: Rng, { rate, durationS }: ArrivalPhase, startMs: number): number {
  const target = wholeTasks(expectedTasks(rate, durationS));
  const windows = Math.max(1, Math.floor(durationS / WINDOW_S));
  let emitted = 0;
  let nowS = 0;
  for (let window = 0; window < windows; window += 1) {
    const left = target - emitted;
    const windowsLeft = windows - window;
    const count = windowsLeft === 1 ? left : Math.min(left, poisson(rng, left / windowsLeft));
    for (let i = 0; i < count; i += 1) {
      column.push(startMs + nowS * 1000);
      nowS += exponential(rng, WINDOW_S / count);
    }
    emitted += count;
  }
  return nowS * 1000;
}

/** The reference truncates to whole tasks; the margin keeps 89.999… from a sum of floats from counting as 89. */
function wholeTasks(expected: number): number {
  return Math.floor(expected + 1e-6);
}
