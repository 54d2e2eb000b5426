import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import type { KindCatalogue } from './kinds/catalogue.ts';
import { isPermanent, type KindContext } from './kinds/kind.ts';

/** Does the work of one claim. Never rejects: whatever a kind throws becomes the outcome. */
export type Work = (claim: Claim, signal: AbortSignal) => Promise<Outcome>;

/**
 * @param options.lend what the kind gets for this task.
 * @param options.maxTaskMs longest time for one task; over it the attempt has failed and may be tried again.
 */
export function workWith(options: {
  kinds: KindCatalogue;
  clock: Clock;
  maxTaskMs: number;
  /** Told which tasks kinds are working on, so that their leases are kept. */
  heartbeat: { held(id: string, kind: { yields: boolean }): void; free(id: string): void };
  lend: (claim: Claim, signal: AbortSignal) => KindContext;
}): Work {
  const { kinds, clock, maxTaskMs, heartbeat, lend } = options;
  return async (claim, signal) => {
    const { task } = claim;
    if (task.fault !== undefined) return { kind: 'failed', error: task.fault, retry: false, serviceMs: 0 };
    let startedAt = clock.monotonic();
    const timeUp = new AbortController();
    const over = new AbortController();
    // Not by AbortSignal.any: what that makes stays with `signal`, which outlives the task, until all garbage is collected.
    const giveUp = (): void => timeUp.abort(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const kind = await kinds.find(task.kind);
      heartbeat.held(task.id, { yields: kind.yields === true });
      // What a kind costs to load is not this task's service.
      startedAt = clock.monotonic();
      void clock.sleep(maxTaskMs, over.signal).then(() => {
        if (!over.signal.aborted)
          timeUp.abort(new Error(`the task took longer than ${maxTaskMs / 1000} s (worker.maxTaskS)`));
      });
      const value = await kind.run(task, lend(claim, timeUp.signal));
      return { kind: 'done', value, serviceMs: clock.monotonic() - startedAt };
    } catch (thrown) {
      const serviceMs = clock.monotonic() - startedAt;
      const error = timeUp.signal.aborted ? coerceError(timeUp.signal.reason) : coerceError(thrown);
      return { kind: 'failed', error: error.message, retry: !isPermanent(thrown), serviceMs };
    } finally {
      heartbeat.free(task.id);
      over.abort();
      signal.removeEventListener('abort', giveUp);
    }
  };
}
