import { LastValues } from '../../forecast/last-values.ts';
import type { Seen } from '../../observation.ts';

/** What a farm's load is like at one step. */
export const loadFeatures = ['arrivalRate', 'serviceS', 'variability'] as const;

export type LoadFeature = (typeof loadFeatures)[number];

/**
 * Null: that step says nothing of it. tasks/s; s; and the arrival rates' coefficient of variation over six steps, once in six
 * steps: values of overlapping steps would count the same noise again and again.
 */
export type LoadSample = Readonly<Record<LoadFeature, number | null>>;

/** Steps that variability is taken over. */
const VARIED_STEPS = 6;

/** Makes samples of rates and times, one a step. A step without arrivals is a farm at rest, which is no load at all. */
export class LoadSampler {
  readonly #rates = new LastValues(VARIED_STEPS);
  #steps = 0;

  take({ arrivalRate, serviceS }: { arrivalRate: number; serviceS: number | null }): LoadSample {
    if (!(arrivalRate > 0)) return { arrivalRate: null, serviceS, variability: null };
    this.#rates.add(arrivalRate);
    this.#steps += 1;
    return { arrivalRate, serviceS, variability: this.#variability() };
  }

  #variability(): number | null {
    if (this.#steps % VARIED_STEPS !== 0) return null;
    const { count } = this.#rates;
    const rates = Array.from({ length: count }, (_, age) => this.#rates.at(age));
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / count;
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (count - 1);
    return Math.sqrt(variance) / mean;
  }
}

/** What a look says to a sampler. */
export function loadOf({ observation, info }: Seen): { arrivalRate: number; serviceS: number | null } {
  return { arrivalRate: observation[7], serviceS: info.fresh ? info.meanServiceS : null };
}
