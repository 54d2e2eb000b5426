import { SECOND, type Clock } from '#shared/clock.ts';
import type { Rng } from '#shared/rng.ts';
import type { FarmClient } from '../live/farm-client.ts';
import { SteadyLoad } from '../steady-load.ts';
import type { SoakPlan } from './plan.ts';

/** The id of the n-th task of a soak, from 0. */
export const soakId = (n: number): string => `soak-${n}`;

/** A load that changes to another level at each step. */
export class SoakLoad {
  readonly #load: SteadyLoad;
  readonly #plan: SoakPlan;
  readonly #clock: Clock;
  readonly #rng: Rng;

  constructor(options: {
    farm: Pick<FarmClient, 'call'>;
    plan: SoakPlan;
    clock: Clock;
    rng: Rng;
    onTrouble: (sentence: string) => void;
  }) {
    const { plan } = options;
    this.#plan = plan;
    this.#clock = options.clock;
    this.#rng = options.rng;
    this.#load = new SteadyLoad({ ...options, level: NaN, serviceMs: plan.serviceMs, idOf: soakId });
  }

  /** Tasks whose acceptance the farm has confirmed: soakId(0) to soakId(accepted − 1). */
  get accepted(): number {
    return this.#load.accepted;
  }

  /** Resolves when `over` aborts. */
  async run(over: AbortSignal): Promise<void> {
    await Promise.all([this.#changeLevels(over), this.#load.run(over)]);
  }

  async #changeLevels(over: AbortSignal): Promise<void> {
    const startedAt = this.#clock.monotonic();
    for (let step = 1; !over.aborted; step += 1) {
      const others = this.#plan.levels.filter((level) => level !== this.#load.level);
      this.#load.level = others[this.#rng.int(others.length)] ?? this.#load.level;
      await this.#clock.sleep(
        Math.max(0, startedAt + step * this.#plan.stepS * SECOND - this.#clock.monotonic()),
        over,
      );
    }
  }
}
