import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError, type ErrorCode } from '#shared/errors.ts';

/** A failure that may be over soon, so that the same request is worth another try. Every other failure stands. */
export class PassingFailure extends FarmhandError {
  /** When to come back, by the platform's word; 0: it gave none. */
  readonly retryAfterMs: number;

  constructor(code: ErrorCode, message: string, retryAfterMs = 0) {
    super(code, message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What a Retry-After header in seconds says, in ms; a date or nothing says 0. */
export function retryAfterMs(header: unknown): number {
  const seconds = typeof header === 'string' && header !== '' ? Number(header) : NaN;
  return Number.isFinite(seconds) && seconds > 0 ? seconds * SECOND : 0;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = SECOND;
/** With less time than this no further try is made: it would only replace the reason of the last one by a timeout. */
const SHORTEST_TRY_MS = 50;

/** The time that one reading or change has, over all of its tries. */
export class Deadline {
  readonly #clock: Clock;
  readonly #dueMs: number;

  constructor(clock: Clock, withinMs: number) {
    this.#clock = clock;
    this.#dueMs = clock.monotonic() + withinMs;
  }

  /** Never under 1: who has begun may make one try. */
  get leftMs(): number {
    return Math.max(1, this.#dueMs - this.#clock.monotonic());
  }

  get passed(): boolean {
    return this.#clock.monotonic() >= this.#dueMs;
  }

  /** Resolves when the time is up, or the signal says that nobody waits for that any more. */
  async over(signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(this.leftMs, signal);
  }

  /** Waits; false, at once: that would take longer than there is time. */
  async pause(ms: number): Promise<boolean> {
    if (ms >= this.leftMs) return false;
    await this.#clock.sleep(ms);
    return true;
  }

  /**
   * Tries until it succeeds, fails for good, or the time is up; then throws the last failure. Each try may take all the time
   * that is left: a platform that is slow is not made faster by asking it twice.
   */
  async persist<T>(attempt: (timeoutMs: number) => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await attempt(this.leftMs);
      } catch (thrown) {
        if (!(thrown instanceof PassingFailure)) throw thrown;
        const waitMs = Math.max(pauseMs, thrown.retryAfterMs);
        if (waitMs + SHORTEST_TRY_MS > this.leftMs) throw thrown;
        await this.pause(waitMs);
      }
    }
  }
}

/** A reading that takes longer than this is given up on by the control loop, however long the step. */
const LONGEST_READ_MS = 5 * SECOND;
/** Drained workers take work again 10 s after their wait (loop/scale-down.ts): the change must have been made before. */
const LONGEST_APPLY_MS = 10 * SECOND;
const SHARE_OF_STEP = 0.8;
const LIMIT_LASTS_STEPS = 1.5;

/** How much of a step a scaler may take, so that its retries never eat into the next one. */
export class StepTime {
  #stepMs: number;

  constructor(stepDurationS = 10) {
    this.#stepMs = stepDurationS * SECOND;
  }

  /** A new episode has begun, with steps of this length. */
  pace(stepDurationS: number): void {
    this.#stepMs = stepDurationS * SECOND;
  }

  get readMs(): number {
    return SHARE_OF_STEP * Math.min(this.#stepMs, LONGEST_READ_MS);
  }

  get applyMs(): number {
    return SHARE_OF_STEP * Math.min(this.#stepMs, LONGEST_APPLY_MS);
  }

  /** So long is a limit believed that was found: every second step may ask for more, so one that was lifted is noticed. */
  get limitLastsMs(): number {
    return LIMIT_LASTS_STEPS * this.#stepMs;
  }
}
