import { z } from 'zod';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError, type ErrorCode } from '#shared/errors.ts';
import type { FunctionCalls } from './function-calls.ts';

const status = z.object({ state: z.string() });

/** What passes by itself: it starts, prepares an episode, or waits for the lease of one that was killed. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'CONFLICT',
  'NOT_READY',
  'REDIS_UNREACHABLE',
  'GATEWAY_UNREACHABLE',
  'GATEWAY_REFUSED',
] satisfies ErrorCode[]);

/** A killed autoscaler's lease lasts 15 s (loop/leadership.ts); a preparation up to 25 s (loop/prepare.ts). */
const ASIDE_WITHIN_MS = 30 * SECOND;
const AGAIN_AFTER_MS = 0.3 * SECOND;

/** The farm's own autoscaler while somebody else scales its workers: it watches, and goes on as it did afterwards. */
export class StandingAside {
  readonly #functions: FunctionCalls;
  readonly #clock: Clock;
  /** Null: not asked yet. */
  #wasRunning: boolean | null = null;

  constructor(parts: { functions: FunctionCalls; clock: Clock }) {
    this.#functions = parts.functions;
    this.#clock = parts.clock;
  }

  /** Idempotent; asked again before each episode, because an autoscaler that was restarted has forgotten it. */
  async ask(signal: AbortSignal): Promise<void> {
    await this.#patiently(async () => {
      if (this.#wasRunning === null) {
        const { state } = await this.#functions.call('autoscaler', '/status', status);
        this.#wasRunning = state !== 'paused';
      }
      await this.#functions.call('autoscaler', '/pause', status, { method: 'POST', body: { lasting: false } });
    }, signal);
  }

  /** Idempotent. One that was paused before stays paused. */
  async end(): Promise<void> {
    if (this.#wasRunning !== true) return;
    await this.#functions.call('autoscaler', '/resume', status, { method: 'POST' });
    this.#wasRunning = null;
  }

  async #patiently(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const deadlineMs = this.#clock.monotonic() + ASIDE_WITHIN_MS;
    for (;;) {
      try {
        await work();
        return;
      } catch (thrown) {
        const passes = thrown instanceof FarmhandError && passing.has(thrown.code);
        if (!passes || this.#clock.monotonic() >= deadlineMs) throw thrown;
      }
      await this.#clock.sleep(AGAIN_AFTER_MS, signal);
      signal.throwIfAborted();
    }
  }
}
