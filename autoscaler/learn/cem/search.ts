import { normal } from '#shared/distributions.ts';
import type { Sfc32 } from '#shared/rng.ts';

export interface SearchSettings {
  /** Candidates of a generation. */
  readonly population: number;
  /** Those of them that the next generation is drawn after. */
  readonly elites: number;
  /** Share of the way that mean and deviation go towards the elites' in a generation; over 0, at most 1. */
  readonly smoothing: number;
  /** No deviation falls below this: a search that has settled too early can still move. */
  readonly leastSd: number;
}

/** A diagonal Gaussian over the parameters. */
export interface Spread {
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/** Candidates, one after the other in one array: population × parameters. */
export function drawPopulation({ mean, sd }: Spread, population: number, rng: Sfc32): Float64Array {
  const size = mean.length;
  return Float64Array.from({ length: population * size }, (_, at) => {
    const parameter = at % size;
    return (mean[parameter] ?? 0) + (sd[parameter] ?? 0) * normal(rng);
  });
}

/**
 * The next generation's Gaussian, by the cross-entropy method: from here towards mean and deviation of the candidates with the
 * largest returns. Of two as good the earlier one counts as the better. Candidates 1, 2, 3, 6 with returns 1, 4, 2, 4, two elites
 * and smoothing ½, from mean 3 and deviation 2: the elites 2 and 6 have mean 4 and deviation 2, which gives mean 3.5, deviation 2.
 */
export function nextSpread(
  { mean, sd }: Spread,
  { population, returns }: { population: Float64Array; returns: Float64Array },
  { elites, smoothing, leastSd }: SearchSettings,
): Spread {
  const size = mean.length;
  const best = [...returns.keys()].sort((a, b) => (returns[b] ?? 0) - (returns[a] ?? 0)).slice(0, elites);
  const towards = (from: number, to: number): number => from + smoothing * (to - from);
  const nextMean = new Float64Array(size);
  const nextSd = new Float64Array(size);
  for (let parameter = 0; parameter < size; parameter += 1) {
    const values = best.map((candidate) => population[candidate * size + parameter] ?? 0);
    const centre = values.reduce((sum, value) => sum + value, 0) / elites;
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / elites;
    nextMean[parameter] = towards(mean[parameter] ?? 0, centre);
    nextSd[parameter] = Math.max(leastSd, towards(sd[parameter] ?? 0, Math.sqrt(variance)));
  }
  return { mean: nextMean, sd: nextSd };
}
