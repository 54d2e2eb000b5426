import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { FarmClient } from './live/farm-client.ts';

/** Tasks that come due within so long are submitted together. */
const TICK_MS = 100;
const PAUSE_MS = 500;
const DEADLINE_MS = 5 * SECOND;

/**
 * Submits short tasks on one time axis: what could not be submitted in time comes as soon as it can. A submission that
 * failed is repeated with the same ids, which the farm accepts once.
 */
export class SteadyLoad {
  /** Workers that it keeps busy; may be changed at any time. */
  level: number;
  readonly #farm: Pick<FarmClient, 'call'>;
  readonly #idOf: (n: number) => string;
  readonly #serviceMs: number;
  readonly #clock: Clock;
  readonly #onTrouble: (sentence: string) => void;
  #accepted = 0;

  constructor(options: {
    farm: Pick<FarmClient, 'call'>;
    level: number;
    serviceMs: number;
    /** The id of the n-th task, from 0. */
    idOf: (n: number) => string;
    clock: Clock;
    onTrouble: (sentence: string) => void;
  }) {
    this.level = options.level;
    this.#farm = options.farm;
    this.#idOf = options.idOf;
    this.#serviceMs = options.serviceMs;
    this.#clock = options.clock;
    this.#onTrouble = options.onTrouble;
  }

  /** Tasks whose acceptance the farm has confirmed: the first so many. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resolves when `over` aborts. */
  async run(over: AbortSignal): Promise<void> {
    const startedAt = this.#clock.monotonic();
    let due = 0;
    for (let atMs = TICK_MS; !over.aborted; atMs += TICK_MS) {
      due += (this.level * TICK_MS) / this.#serviceMs;
      await this.#clock.sleep(Math.max(0, startedAt + atMs - this.#clock.monotonic()), over);
      await this.#submit(Math.floor(due) - this.#accepted, over);
    }
  }

  async #submit(count: number, over: AbortSignal): Promise<void> {
    if (count < 1) return;
    const tasks = Array.from({ length: count }, (_, i) => ({
      id: this.#idOf(this.#accepted + i),
      kind: 'calibrated',
      payload: { serviceMs: this.#serviceMs },
      expectedServiceMs: this.#serviceMs,
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
