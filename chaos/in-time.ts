import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { within } from '../autoscaler/loop/within.ts';

/** What `work` comes to. Rejects with what hangs when that takes longer than `withinMs`; the work is left to itself then. */
export async function inTime<T>(
  what: string,
  work: Promise<T>,
  { clock, withinMs }: { clock: Clock; withinMs: number },
): Promise<T> {
  const outcome = await within(work, { clock, timeoutMs: withinMs });
  if (outcome.kind === 'late') throw hanging(`${what} is not over after ${Math.round(withinMs / SECOND)} s`);
  return outcome.value;
}

/** What `work` comes to. Rejects with what `look` shows when that has not changed for `patienceMs`. */
export async function whileItMoves<T>(
  look: () => string,
  work: Promise<T>,
  { clock, patienceMs }: { clock: Clock; patienceMs: number },
): Promise<T> {
  const ended = new AbortController();
  const stuck = async (): Promise<T> => {
    let seen = look();
    let movedAt = clock.monotonic();
    while (!ended.signal.aborted) {
      await clock.sleep(SECOND, ended.signal);
      const now = look();
      if (now !== seen) movedAt = clock.monotonic();
      seen = now;
      if (clock.monotonic() - movedAt > patienceMs)
        throw hanging(`nothing has moved for ${Math.round(patienceMs / SECOND)} s: ${now}`);
    }
    return await work;
  };
  try {
    return await Promise.race([work, stuck()]);
  } finally {
    ended.abort();
  }
}

function hanging(sentence: string): FarmhandError {
  return new FarmhandError('INTERNAL', `the chaos harness hangs: ${sentence}`);
}
