import { makeForecaster, type ForecasterName } from '../forecast/catalogue.ts';
import type { Seen } from '../observation.ts';
import { Demand, STEPS_AHEAD } from './demand.ts';
import type { Policy, PolicyDecision, PolicyOptions } from './policy.ts';
import { notKnownYet, squareRootStaffing, staff } from './staffing.ts';

export interface SquareRootSettings {
  /** Spare workers in standard deviations of the load, 0 or more. */
  readonly beta: number;
  readonly forecaster: ForecasterName;
}

/** β 1: about 22 % of tasks would have to wait (Halfin and Whitt 1981, for many servers). */
export const defaultBeta = 1;

/**
 * Square-root staffing for the load that is to come:
 *
 *     R = rate expected two steps ahead · mean service time        N = ⌈R + β·√R⌉
 *
 * Example, β 1: 6 tasks/s at 1.5 s are 9 erl: 9 + 3 = 12 workers (test/autoscaler/policy/staffing.test.ts). Deviations
 * from the textbook rule (staffing.ts has its source):
 * 1. The rate is a forecast of what was observed, not the known rate of a schedule.
 * 2. A backlog is not staffed for: the rule is for a system in balance.
 */
export class SquareRootPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #beta: number;
  readonly #options: PolicyOptions;
  readonly #demand: Demand;

  constructor(name: string, { beta, forecaster }: SquareRootSettings, options: PolicyOptions) {
    this.name = name;
    this.#beta = beta;
    this.#options = options;
    this.#demand = new Demand(makeForecaster(forecaster));
  }

  decide(seen: Seen): PolicyDecision {
    this.#demand.see(seen);
    const { serviceS } = this.#demand;
    const ratePerS = this.#demand.ratePerS(STEPS_AHEAD);
    if (serviceS === null || ratePerS === null) return notKnownYet();
    const load = ratePerS * serviceS;
    const because =
      `${ratePerS.toFixed(2)} tasks/s expected at ${serviceS.toFixed(2)} s each are ${load.toFixed(2)} erl; ` +
      `with ${this.#beta}·√R to spare`;
    return staff({ workers: squareRootStaffing(load, this.#beta), because }, seen.observation[4], this.#options);
  }
}
