import { SECOND, type Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import type { Grant } from './scaler.ts';

/**
 * A limit is believed for this long; then the next request may go over it, so that a lifted limit is noticed. Each time that it
 * is found again it is believed for twice as long: a platform that grants 5 for good is not asked for more at each step.
 */
const LASTS_MS = 15 * SECOND;
const LASTS_AT_MOST_MS = 60 * SECOND;

/** What a platform has lately been seen to grant at most, learnt from what became of requests. */
export class GrantedLimit {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #of: string;
  #found: { readonly replicas: number; readonly lastsMs: number; readonly untilMs: number } | null = null;
  #said: number | null = null;

  /** @param parts.of what is scaled, for the log */
  constructor(parts: { clock: Clock; log: Logger; of: string }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#of = parts.of;
  }

  /** Replicas; null: no limit is believed in now. */
  get replicas(): number | null {
    return this.#found !== null && this.#clock.monotonic() < this.#found.untilMs ? this.#found.replicas : null;
  }

  learn({ requested, granted }: Grant): void {
    if (granted < requested) {
      const lastsMs = this.#found?.replicas === granted ? 2 * this.#found.lastsMs : LASTS_MS;
      this.#believe(granted, lastsMs);
      this.#say(granted, `${this.#of}: ${granted} of ${requested} replicas granted; the platform seems to limit it`);
    } else if (granted > (this.#found?.replicas ?? Infinity)) {
      this.#found = null;
      this.#said = null;
    }
  }

  /** The platform tells itself that it grants no more. */
  toldOf(replicas: number, because: string): void {
    this.#believe(replicas, LASTS_AT_MOST_MS);
    this.#say(replicas, `${this.#of}: no more than ${replicas} replicas will be granted: ${because}`);
  }

  #believe(replicas: number, lastsMs: number): void {
    const atMostMs = Math.min(lastsMs, LASTS_AT_MOST_MS);
    this.#found = { replicas, lastsMs: atMostMs, untilMs: this.#clock.monotonic() + atMostMs };
  }

  /** Once for each limit: it would be said at every step. */
  #say(limit: number, message: string): void {
    if (this.#said === limit) return;
    this.#said = limit;
    this.#log.warn({ limit }, message);
  }
}
