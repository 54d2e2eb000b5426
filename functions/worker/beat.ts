import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

/** How a worker keeps the leases of its tasks. */
export interface BeatSettings {
  readonly leaseMs: number;
  /** A task that is held for so long is taken for stuck: no more beats for it, so that its lease runs out. */
  readonly maxHoldMs: number;
}

/** Extends the leases of these tasks. */
export type Beat = (ids: readonly string[]) => Promise<unknown>;

/**
 * Beats for the tasks that are worked on, each in its own right: three beats fit into a lease, so that two may be lost. A task
 * shorter than a sixth of a lease costs no beat.
 */
export class LeaseKeeper {
  readonly #parts: { readonly clock: Clock; readonly log: Logger; readonly beat: Beat };
  readonly #settings: BeatSettings;
  /** Tasks in work, and since when (monotonic). */
  readonly #held = new Map<string, number>();
  readonly #stopped = new AbortController();
  #beating = false;

  constructor(parts: { clock: Clock; log: Logger; beat: Beat }, settings: BeatSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  held(id: string): void {
    this.#held.set(id, this.#parts.clock.monotonic());
    if (!this.#beating) void this.#beatOn();
  }

  free(id: string): void {
    this.#held.delete(id);
  }

  /** Idempotent. */
  stop(): void {
    this.#held.clear();
    this.#stopped.abort();
  }

  async #beatOn(): Promise<void> {
    const { clock, log, beat } = this.#parts;
    const { signal } = this.#stopped;
    this.#beating = true;
    while (this.#held.size > 0) {
      await clock.sleep(this.#settings.leaseMs / 3, signal);
      const ids = this.#toKeep();
      if (ids.length === 0) continue;
      try {
        await beat(ids);
      } catch (thrown) {
        log.warn(
          { error: coerceError(thrown) },
          'a heartbeat did not reach Redis; the next one is tried in a third of a lease',
        );
      }
    }
    this.#beating = false;
  }

  /** Leases that are young enough to last until the next beat need none. */
  #toKeep(): string[] {
    const now = this.#parts.clock.monotonic();
    const { leaseMs, maxHoldMs } = this.#settings;
    return [...this.#held]
      .filter(([, since]) => now - since >= leaseMs / 6 && now - since < maxHoldMs)
      .map(([id]) => id);
  }
}
