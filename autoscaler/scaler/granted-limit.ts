import { SECOND, type Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import type { StepTime } from './patience.ts';
import type { Grant } from './scaler.ts';

/** What a platform itself says of its limit changes with its licence. */
const TOLD_LASTS_MS = 60 * SECOND;

/** What a platform has lately been seen to grant at most, learnt from what became of requests. */
export class GrantedLimit {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #of: string;
  readonly #stepTime: StepTime;
  #found: { readonly replicas: number; readonly untilMs: number } | null = null;
  #said: number | null = null;

  /** @param parts.of what is scaled, for the log */
  constructor(parts: { clock: Clock; log: Logger; of: string; stepTime: StepTime }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#of = parts.of;
    this.#stepTime = parts.stepTime;
  }

  /** Replicas; null: no limit is believed in now. */
  get replicas(): number | null {
    return this.#found !== null && this.#clock.monotonic() < this.#found.untilMs ? this.#found.replicas : null;
  }

  learn({ requested, granted }: Grant): void {
    if (granted < requested) {
      this.#believe(granted, this.#stepTime.limitLastsMs);
      this.#say(granted, `${this.#of}: ${granted} of ${requested} replicas granted; the platform seems to limit it`);
    } else if (granted > (this.#found?.replicas ?? Infinity)) {
      this.#found = null;
      this.#said = null;
    }
  }

  /** The platform tells itself that it grants no more. */
  toldOf(replicas: number, because: string): void {
    this.#believe(replicas, TOLD_LASTS_MS);
    this.#say(replicas, `${this.#of}: no more than ${replicas} replicas will be granted: ${because}`);
  }

  #believe(replicas: number, lastsMs: number): void {
    this.#found = { replicas, untilMs: this.#clock.monotonic() + lastsMs };
  }

  /** Once for each limit: it would be said at every step. */
  #say(limit: number, message: string): void {
    if (this.#said === limit) return;
    this.#said = limit;
    this.#log.warn({ limit }, message);
  }
}
