import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Lease } from '#shared/lease.ts';
import type { Logger } from '#shared/log.ts';

/** The lease's life; a leader that dies is replaced after it. */
export const LEASE_TTL_MS = 15 * SECOND;
const RENEW_EVERY_MS = LEASE_TTL_MS / 3;

/**
 * Of several autoscalers that see the same farm one decides. States: following ⇄ leading; without an answer from Redis a
 * leader follows again before its lease can have run out.
 */
export class Leadership {
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #renewal: Promise<void> | null = null;
  #leadsUntilMs = -Infinity;

  constructor(parts: { lease: Lease; clock: Clock; log: Logger }) {
    this.#lease = parts.lease;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  get leads(): boolean {
    return this.#clock.monotonic() < this.#leadsUntilMs;
  }

  /** Asks once, then goes on asking until stopped. */
  async start(): Promise<void> {
    await this.#ask();
    this.#renewal ??= this.#renew();
  }

  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    await this.#renewal;
    const led = this.leads;
    this.#leadsUntilMs = -Infinity;
    if (led) await this.#lease.release();
  }

  async #renew(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#clock.sleep(RENEW_EVERY_MS, signal);
      if (signal.aborted) return;
      await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const led = this.leads;
    const askedMs = this.#clock.monotonic();
    try {
      // Counted from before the question, so ours is over before Redis's.
      const epoch = await this.#lease.hold();
      this.#leadsUntilMs = epoch === null ? -Infinity : askedMs + LEASE_TTL_MS;
    } catch (thrown) {
      this.#log.warn({ error: coerceError(thrown).message }, "the leader's lease could not be renewed");
    }
    if (led !== this.leads)
      this.#log.info({ leads: this.leads }, this.leads ? 'leads: decides' : 'follows: only watches');
  }
}
