import { Sfc32 } from '#shared/rng.ts';
import type { SimulatedEnvironment } from '../../env/simulated-environment.ts';
import { anneal } from './anneal.ts';
import { playDeltas } from './clairvoyant.ts';

/** Temperatures in units of the cost reward, of the mean over the seeds. */
const FROM = 10;
const TO = 0.05;

/**
 * The timetable that costs least on average: annealed on `seeds`, which ought to be training's, and played on others without a
 * look at the farm. What knowing the profile is worth, and the path not.
 * @returns workers by step, from the episode's first decision.
 */
export function annealTimetable(options: {
  /** A farm with the actions −1, 0, +1, judged by the cost reward. */
  readonly environment: SimulatedEnvironment;
  readonly initialWorkers: number;
  readonly maxSteps: number;
  readonly seeds: readonly number[];
  readonly iterations: number;
}): number[] {
  const { environment, initialWorkers, maxSteps, seeds, iterations } = options;
  const cost = (deltas: Int8Array): number =>
    -seeds.reduce((sum, seed) => sum + playDeltas(environment, seed, deltas).reward, 0) / seeds.length;
  const rng = new Sfc32('timetable');
  const { deltas } = anneal({ cost, steps: maxSteps, iterations, from: FROM, to: TO, rng });
  let workers = initialWorkers;
  return [...deltas].map((delta) => (workers += delta));
}
