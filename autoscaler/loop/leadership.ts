import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Lease } from '#shared/lease.ts';
import type { Logger } from '#shared/log.ts';

/**
 * The lease's life: a leader that dies is replaced within it and one renewal, and before the second step after its last one
 * if there is time for that. Less than two seconds would make each pause of a busy machine a change of leader.
 * Example: 8 s steps: 5.6 s, renewed every 1.4 s: a follower leads 7 s after the leader's last sign of life at the latest,
 * and decides at its next step. 1 s steps: 2 s and 0.5 s (test/autoscaler/loop/leadership.test.ts).
 */
export function leaseTtlMs(stepDurationS: number): number {
  return Math.min(Math.max(SHARE_OF_STEP * stepDurationS * SECOND, SHORTEST_MS), LONGEST_MS);
}

const SHARE_OF_STEP = 0.7;
const SHORTEST_MS = 2 * SECOND;
const LONGEST_MS = 15 * SECOND;
const RENEWALS = 4;

/**
 * Of several autoscalers that see the same farm one decides. States: following ⇄ leading; without an answer from Redis a
 * leader follows again before its lease can have run out.
 */
export class Leadership {
  readonly #lease: Lease;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onTerm: () => void;
  readonly #onFollowing: () => void;
  readonly #stopping = new AbortController();
  #ttlMs: number;
  #renewal: Promise<void> | null = null;
  #leadsUntilMs = -Infinity;
  #led = false;
  #epoch: number | null = null;

  /**
   * `onTerm`: told of each term of office before anybody can find that this process leads: another may have led meanwhile.
   * `onFollowing`: told each time that another is found to lead.
   */
  constructor(parts: {
    lease: Lease;
    clock: Clock;
    log: Logger;
    stepDurationS: number;
    onTerm?: () => void;
    onFollowing?: () => void;
  }) {
    this.#lease = parts.lease;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#ttlMs = leaseTtlMs(parts.stepDurationS);
    this.#onTerm = parts.onTerm ?? (() => undefined);
    this.#onFollowing = parts.onFollowing ?? (() => undefined);
  }

  /** By the monotonic clock, which runs on while a process is stopped: one that wakes too late does not lead. */
  get leads(): boolean {
    return this.#clock.monotonic() < this.#leadsUntilMs;
  }

  /** From the next renewal on the lease fits steps of another length. */
  pace(stepDurationS: number): void {
    this.#ttlMs = leaseTtlMs(stepDurationS);
  }

  /** Asks once, then goes on asking until stopped. */
  async start(): Promise<void> {
    await this.#ask();
    this.#renewal ??= this.#renew();
  }

  /** Hands over at once: the next autoscaler that asks leads. Idempotent. */
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
      await this.#clock.sleep(this.#ttlMs / RENEWALS, signal);
      if (signal.aborted) return;
      await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const askedMs = this.#clock.monotonic();
    const ttlMs = this.#ttlMs;
    try {
      // Counted from before the question, so ours is over before Redis's.
      const epoch = await this.#lease.hold(ttlMs);
      if (epoch === null) this.#onFollowing();
      else if (epoch !== this.#epoch) this.#onTerm();
      this.#epoch = epoch ?? this.#epoch;
      this.#leadsUntilMs = epoch === null ? -Infinity : askedMs + ttlMs;
    } catch (thrown) {
      this.#log.warn({ error: coerceError(thrown).message }, "the leader's lease could not be renewed");
    }
    if (this.#led === this.leads) return;
    this.#led = this.leads;
    this.#log.info({ leads: this.#led }, this.#led ? 'leads: decides' : 'follows: only watches');
  }
}
