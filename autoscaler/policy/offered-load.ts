import { makeForecaster } from '../forecast/catalogue.ts';
import type { Seen } from '../observation.ts';
import { Demand, STEPS_AHEAD } from './demand.ts';
import type { Policy, PolicyDecision, PolicyOptions } from './policy.ts';
import type { SquareRootSettings } from './square-root.ts';
import { notKnownYet, squareRootStaffing, staff } from './staffing.ts';

const MS_PER_S = 1000;

/**
 * Modified-offered-load staffing: square-root staffing for the number of tasks m(t) that would be in service if there were
 * workers without end. It lags behind the rate by about a service time, both up and down. With service times taken for
 * exponential of mean S and a rate λ that is constant within a step,
 *
 *     m' = λ − m / S,    so over Δ seconds    m → λ·S + (m − λ·S)·e^(−Δ/S)
 *     N  = ⌈m + β·√m⌉    at the larger of m at the two ends of the second step ahead
 *
 * with the rates observed up to now and the rates forecast from here on. Source: Jennings, Mandelbaum, Massey and Whitt,
 * Server Staffing to Meet Time-Varying Demand, Management Science 42(10), 1996; Feldman, Mandelbaum, Massey and Whitt,
 * Staffing of Time-Varying Queues to Achieve Time-Stable Performance, Management Science 54(2), 2008.
 *
 * Example, β 1, S 1.5 s, 8 s steps, last value: at rest with 2 tasks/s m is 3; a step with 6 tasks/s brings it to
 * 9 − 6·e^(−8/1.5) = 8.97, and one more to 9.00: ⌈9.00 + 3.00⌉ = 12 (test/autoscaler/policy/staffing.test.ts).
 * Deviations: 1. forecast rates stand in for known ones; 2. only the mean service time is known, so service times count as
 * exponential; 3. m begins in balance with the first rate seen; 4. a backlog is not staffed for.
 */
export class OfferedLoadPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #beta: number;
  readonly #options: PolicyOptions;
  readonly #demand: Demand;
  /** m, and the farm time that it is of, ms. */
  #busy: { mean: number; at: number } | null = null;

  constructor(name: string, { beta, forecaster }: SquareRootSettings, options: PolicyOptions) {
    this.name = name;
    this.#beta = beta;
    this.#options = options;
    this.#demand = new Demand(makeForecaster(forecaster));
  }

  decide(seen: Seen): PolicyDecision {
    this.#demand.see(seen);
    const { serviceS } = this.#demand;
    const nextPerS = this.#demand.ratePerS(STEPS_AHEAD - 1);
    const afterPerS = this.#demand.ratePerS(STEPS_AHEAD);
    if (serviceS === null || nextPerS === null || afterPerS === null) return notKnownYet();
    const { observation, info } = seen;
    const elapsedS = this.#busy === null ? Infinity : Math.max(0, info.at - this.#busy.at) / MS_PER_S;
    const now = drift(this.#busy?.mean ?? 0, observation[7] * serviceS, elapsedS / serviceS);
    this.#busy = { mean: now, at: info.at };
    const stepInServices = this.#options.stepDurationS / serviceS;
    const next = drift(now, nextPerS * serviceS, stepInServices);
    const after = drift(next, afterPerS * serviceS, stepInServices);
    const load = Math.max(next, after);
    const because =
      `${observation[7].toFixed(2)} tasks/s now and ${afterPerS.toFixed(2)} expected at ${serviceS.toFixed(2)} s each ` +
      `offer ${load.toFixed(2)} erl; with ${this.#beta}·√m to spare`;
    return staff({ workers: squareRootStaffing(load, this.#beta), because }, observation[4], this.#options);
  }
}

/** m after so many mean service times at a load that it drifts to. Service times of 0 leave no lag. */
function drift(mean: number, load: number, serviceTimes: number): number {
  return Number.isNaN(serviceTimes) ? load : load + (mean - load) * Math.exp(-serviceTimes);
}
