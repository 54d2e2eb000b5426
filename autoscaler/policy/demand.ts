import type { Forecaster } from '../forecast/forecaster.ts';
import { Holt } from '../forecast/holt.ts';
import type { Seen } from '../observation.ts';

/**
 * Steps from a decision to the end of the first step that its workers are there for in full: one in which they start, and
 * the one after it. Staffing rules look so far ahead.
 */
export const STEPS_AHEAD = 2;

/** Weight of the newest window's mean service time: it is of some dozen tasks, and what tasks need drifts slowly. */
const SERVICE_WEIGHT = 0.2;

/** What staffing rules go by: the forecast rate of arrivals, and the time that a task takes in a worker's hands. */
export class Demand {
  readonly #rate: Forecaster;
  readonly #service = new Holt({ level: SERVICE_WEIGHT, trend: 0, damping: 0 });
  #looks = 0;

  constructor(rate: Forecaster) {
    this.#rate = rate;
  }

  /** Takes one look, a step after the last one. */
  see({ observation, info }: Seen): void {
    this.#looks += 1;
    // A first look has nothing to count arrivals from: its 0 says nothing.
    if (this.#looks > 1) this.#rate.update(observation[7]);
    // A window in which nothing was collected shows an older time again.
    if (info.fresh && info.meanServiceS !== null) this.#service.update(info.meanServiceS);
  }

  /** Expected in the step that ends `steps` steps from now, tasks/s, 0 or more. Null before the second look. */
  ratePerS(steps: number): number | null {
    const forecast = this.#rate.predict(steps);
    return forecast === null ? null : Math.max(0, forecast.mean);
  }

  /** Mean service time, waiting excluded, s. Null before the first collected task. */
  get serviceS(): number | null {
    return this.#service.predict(1)?.mean ?? null;
  }
}
