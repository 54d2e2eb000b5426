import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Rng } from '#shared/rng.ts';
import type { FarmClient } from '../live/farm-client.ts';
import type { SoakPlan } from './plan.ts';

/** Tasks that come due within so long are submitted together. */
const TICK_MS = 100;
const PAUSE_MS = 500;
const DEADLINE_MS = 5 * SECOND;

/** The id of the n-th task of a soak, from 0. */
export const soakId = (n: number): string => `soak-${n}`;

/**
 * Submits short tasks on one time axis: what could not be submitted in time comes as soon as it can. A submission that
 * failed is repeated with the same ids, which the farm accepts once.
 */
export class SoakLoad {
  readonly #farm: Pick<FarmClient, 'call'>;
  readonly #plan: SoakPlan;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #onTrouble: (sentence: string) => void;
  #accepted = 0;
  #level = NaN;

  constructor(options: {
    farm: Pick<FarmClient, 'call'>;
    plan: SoakPlan;
    clock: Clock;
    rng: Rng;
    onTrouble: (sentence: string) => void;
  }) {
    this.#farm = options.farm;
    this.#plan = options.plan;
    this.#clock = options.clock;
    this.#rng = options.rng;
    this.#onTrouble = options.onTrouble;
  }

  /** Tasks whose acceptance the farm has confirmed: soakId(0) to soakId(accepted − 1). */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resolves when `over` aborts. */
  async run(over: AbortSignal): Promise<void> {
    const startedAt = this.#clock.monotonic();
    let due = 0;
    let changeAtMs = 0;
    for (let atMs = TICK_MS; !over.aborted; atMs += TICK_MS) {
      if (atMs > changeAtMs) {
        this.#changeLevel();
        changeAtMs += this.#plan.stepS * SECOND;
      }
      due += (this.#level * TICK_MS) / this.#plan.serviceMs;
      await this.#clock.sleep(Math.max(0, startedAt + atMs - this.#clock.monotonic()), over);
      await this.#submit(Math.floor(due) - this.#accepted, over);
    }
  }

  #changeLevel(): void {
    const others = this.#plan.levels.filter((level) => level !== this.#level);
    this.#level = others[this.#rng.int(others.length)] ?? this.#level;
  }

  async #submit(count: number, over: AbortSignal): Promise<void> {
    if (count < 1) return;
    const { serviceMs } = this.#plan;
    const tasks = Array.from({ length: count }, (_, i) => ({
      id: soakId(this.#accepted + i),
      kind: 'calibrated',
      payload: { serviceMs },
      expectedServiceMs: serviceMs,
      deadlineMs: DEADLINE_MS,
    }));
    while (!over.aborted) {
      try {
        await this.#farm.call('POST', '/function/emitter/tasks', tasks);
        this.#accepted += count;
        return;
      } catch (thrown) {
        this.#onTrouble(`a submission failed and is repeated: ${coerceError(thrown).message}`);
        await this.#clock.sleep(PAUSE_MS, over);
      }
    }
  }
}
