import { makeForecaster, type ForecasterName } from '../forecast/catalogue.ts';
import type { Seen } from '../observation.ts';
import { Demand, STEPS_AHEAD } from './demand.ts';
import { serversForDelay } from './erlang.ts';
import type { Policy, PolicyDecision, PolicyOptions } from './policy.ts';
import { notKnownYet, staff } from './staffing.ts';

export interface ErlangCSettings {
  /** Share of tasks that may have to wait, over 0 and under 1. */
  readonly waitingShare: number;
  readonly forecaster: ForecasterName;
}

/** Share of tasks that may wait where the name says none. */
export const defaultWaitingShare = 0.2;

/**
 * The fewest workers with which at most a given share of tasks has to wait, by Erlang C for the load that is to come
 * (M/M/n; erlang.ts). The exact form of what `square-root` approximates.
 *
 * Example, a share of 0.2: 6 tasks/s at 1.5 s are 9 erl. C(9 erl) is 0.266 with 12 workers and 0.158 with 13: 13
 * (test/autoscaler/policy/staffing.test.ts). Deviations: 1 and 2 of `square-root`;
 * 3. service times are taken for exponential, which overstates waiting: those of the reference vary half as much.
 */
export class ErlangCPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #waitingShare: number;
  readonly #options: PolicyOptions;
  readonly #demand: Demand;

  constructor(name: string, { waitingShare, forecaster }: ErlangCSettings, options: PolicyOptions) {
    this.name = name;
    this.#waitingShare = waitingShare;
    this.#options = options;
    this.#demand = new Demand(makeForecaster(forecaster));
  }

  decide(seen: Seen): PolicyDecision {
    this.#demand.see(seen);
    const { serviceS } = this.#demand;
    const ratePerS = this.#demand.ratePerS(STEPS_AHEAD);
    if (serviceS === null || ratePerS === null) return notKnownYet();
    const load = ratePerS * serviceS;
    // A load that the most workers allowed could not carry needs no search.
    const workers = load >= this.#options.maxWorkers ? Math.floor(load) + 1 : serversForDelay(load, this.#waitingShare);
    const because =
      `${ratePerS.toFixed(2)} tasks/s expected at ${serviceS.toFixed(2)} s each are ${load.toFixed(2)} erl; ` +
      `so that at most ${this.#waitingShare} wait`;
    return staff({ workers, because }, seen.observation[4], this.#options);
  }
}
