import type { Seen } from '../../observation.ts';

const MS_PER_S = 1000;

/**
 * The arrival rate (tasks/s), averaged exponentially over time: the rate of a step that lasted Δt counts 1 − e^(−Δt/τ).
 * With τ = 8 s, steps of 8 s and rates of 4 and then 6: 4 + 0.632 · 2 = 5.26. A rate that follows none replaces it. The same
 * look twice changes nothing; a look that lies before the last one is of another episode, and begins anew.
 */
export class SmoothedRate {
  readonly #constantMs: number;
  #at: number | null = null;
  #rate = 0;

  constructor(constantS: number) {
    this.#constantMs = constantS * MS_PER_S;
  }

  next({ observation, info }: Seen): number {
    const rate = observation[7];
    if (!Number.isFinite(rate)) return rate;
    const elapsedMs = this.#at === null ? -1 : info.at - this.#at;
    if (elapsedMs < 0 || this.#rate === 0) this.#rate = rate;
    else this.#rate += (1 - Math.exp(-elapsedMs / this.#constantMs)) * (rate - this.#rate);
    this.#at = info.at;
    return this.#rate;
  }

  /** The episode is over. */
  clear(): void {
    this.#at = null;
  }
}
