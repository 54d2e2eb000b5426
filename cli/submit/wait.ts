import { SECOND, type Clock } from '#shared/clock.ts';
import type { CollectorClient, ResultState } from '../farm/collector.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';

const LOOK_EVERY_MS = 0.25 * SECOND;
const LINE_EVERY_MS = 5 * SECOND;

/** Waits until every task is completed or dead, or `signal` aborts. @returns the ends that there are */
export async function waitForResults(
  collector: Pick<CollectorClient, 'find'>,
  options: { ids: readonly string[]; clock: Clock; signal: AbortSignal; output: Output },
): Promise<ReadonlyMap<string, ResultState>> {
  const { ids, clock, signal, output } = options;
  const ended = new Map<string, ResultState>();
  let lineAt = clock.monotonic();
  for (;;) {
    for (const id of ids) {
      if (ended.has(id) || signal.aborted) continue;
      const task = await collector.find(id);
      // Unknown is an end as well: the farm has accepted it, so it was forgotten since.
      if (['completed', 'dead', 'unknown'].includes(task.state)) ended.set(id, task);
    }
    if (ended.size === ids.length || signal.aborted) return ended;
    const line = `${ended.size} of ${count(ids.length, 'task')} ended`;
    if (output.live.isTerminal) output.live.draw([line]);
    else if (clock.monotonic() - lineAt >= LINE_EVERY_MS) {
      lineAt = clock.monotonic();
      output.say(line);
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
