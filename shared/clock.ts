/**
 * Time comes in through here and nowhere else (lint enforces it), so that tests and the simulator can own it.
 * Durations are monotonic; farm time is Redis TIME and serves display only, because scripts stamp by TIME themselves.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects: look at the signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds since 1970 on the farm's clock (Redis TIME, by a measured offset). */
  farmTime(): number;
}

/** A clock whose farm time can be set by a reading of Redis TIME. */
export interface FarmClock extends Clock {
  /** Takes one reading (ms since 1970) and corrects for half of the round trip. */
  synchronise(readFarmTimeMs: () => Promise<number>): Promise<void>;
}

export class SystemClock implements FarmClock {
  #offsetMs = 0;

  monotonic(): number {
    return performance.now();
  }

  farmTime(): number {
    return Date.now() + this.#offsetMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener('abort', finish, { once: true });
    });
  }

  async synchronise(readFarmTimeMs: () => Promise<number>): Promise<void> {
    const sent = Date.now();
    const farm = await readFarmTimeMs();
    const received = Date.now();
    this.#offsetMs = farm - (sent + received) / 2;
  }
}

/** A clock that moves only when a test advances it; sleepers wake in order of their due time. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #epochMs: number;
  readonly #sleepers = new Set<{ dueMs: number; wake: () => void }>();

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  farmTime(): number {
    return this.#epochMs + this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const sleeper = {
        dueMs: this.#nowMs + ms,
        wake: (): void => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Moves time on by `ms`. Whatever can run without time passing runs first, and after each sleeper that is woken. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#nowMs + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = [...this.#sleepers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > targetMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
    }
    this.#nowMs = targetMs;
  }
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
