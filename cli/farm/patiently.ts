import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError, type ErrorCode } from '#shared/errors.ts';

/** What passes by itself: Redis restarts, a function is replaced, the gateway is busy. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'REDIS_UNREACHABLE',
  'NOT_READY',
  'GATEWAY_UNREACHABLE',
  'GATEWAY_REFUSED',
] satisfies ErrorCode[]);

const AGAIN_AFTER_MS = 0.5 * SECOND;

export interface Patience {
  readonly clock: Clock;
  readonly withinMs: number;
  /** Gives up early. */
  readonly signal?: AbortSignal;
  /** Errors that pass by themselves as well. */
  readonly also?: readonly ErrorCode[];
}

/** Does something that may be repeated, again and again until the farm answers or the time is over. @throws the last error */
export async function patiently<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, withinMs, signal, also = [] } = patience;
  const deadline = clock.monotonic() + withinMs;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const passes = thrown instanceof FarmhandError && (passing.has(thrown.code) || also.includes(thrown.code));
      if (!passes || clock.monotonic() >= deadline || signal?.aborted === true) throw thrown;
    }
    await clock.sleep(AGAIN_AFTER_MS, signal);
  }
}
