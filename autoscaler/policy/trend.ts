import { LinearTrend } from '../forecast/linear-trend.ts';
import type { Seen } from '../observation.ts';
import { Demand, STEPS_AHEAD } from './demand.ts';
import type { Policy, PolicyDecision, PolicyOptions } from './policy.ts';
import { notKnownYet, squareRootStaffing, staff } from './staffing.ts';

export interface TrendSettings {
  /** Spare workers in standard deviations of the load, 0 or more. */
  readonly beta: number;
  /** Steps that the line is drawn through, 2 or more. */
  readonly window: number;
}

/** Steps where the name says none. */
export const defaultTrendWindow = 6;

/**
 * Draws the arrivals' line on by the time that workers take to come, staffs for that rate, and works a backlog off:
 *
 *     rate = least-squares line through the last k steps, two steps ahead, at least 0
 *     R    = rate · mean service time
 *     N    = ⌈R + β·√R + waiting · mean service time / h⌉        h: control.horizonS, or one step
 *
 * Example, β 1, k 3, h 8 s: 2, 3, 4 tasks/s draw on to 6; at 1.5 s each 9 erl; 16 waiting add 16·1.5/8 = 3:
 * 9 + 3 + 3 = 15 (test/autoscaler/policy/staffing.test.ts). Sources: linear-trend.ts for the line, staffing.ts for the square
 * root; the backlog term is that of the reference's reactive rules, with service time where they have sojourn.
 */
export class TrendPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #beta: number;
  readonly #options: PolicyOptions;
  readonly #demand: Demand;

  constructor(name: string, { beta, window }: TrendSettings, options: PolicyOptions) {
    this.name = name;
    this.#beta = beta;
    this.#options = options;
    this.#demand = new Demand(new LinearTrend(window));
  }

  decide(seen: Seen): PolicyDecision {
    this.#demand.see(seen);
    const { serviceS } = this.#demand;
    const ratePerS = this.#demand.ratePerS(STEPS_AHEAD);
    if (serviceS === null || ratePerS === null) return notKnownYet();
    const [, waiting, , , workers] = seen.observation;
    const load = ratePerS * serviceS;
    const drain = (waiting * serviceS) / (this.#options.horizonS ?? this.#options.stepDurationS);
    const because =
      `${ratePerS.toFixed(2)} tasks/s drawn on at ${serviceS.toFixed(2)} s each are ${load.toFixed(2)} erl; with ` +
      `${this.#beta}·√R to spare, and ${drain.toFixed(2)} for ${waiting} waiting`;
    return staff({ workers: squareRootStaffing(load, this.#beta) + drain, because }, workers, this.#options);
  }
}
