import { z } from 'zod';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Backlog } from '#shared/queue/backlog.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { FunctionCalls } from './function-calls.ts';

/** What becomes of work that others have in a farm which somebody wants for an episode. */
export type OthersWork = 'refuse' | 'bury';

export interface ClearFarmParts {
  readonly backlog: Backlog;
  readonly observer: Pick<QueueObserver, 'read'>;
  readonly archive: Pick<Archive, 'discard'>;
  readonly functions: FunctionCalls;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The longest that a task may be in a worker's hands, ms (worker.maxTaskS). */
  readonly longestTaskMs: number;
}

const LOOK_EVERY_MS = 0.1 * SECOND;

/**
 * Leaves a farm empty: nothing waits, nothing is emitted, nobody holds a task, and every result is collected. Tasks of
 * `ours` (runs of earlier episodes) that still wait are discarded. Others' are refused, or buried: a dead letter says why, and
 * their owner may bring them back. Whatever is in a worker's hands is waited for.
 * @throws CONFLICT when others have work that waits and is to be refused; START_FAILED when a task does not end.
 */
export async function clearFarm(
  parts: ClearFarmParts,
  work: { ours: ReadonlySet<string>; others: OthersWork },
): Promise<void> {
  const { backlog, observer, clock, signal, longestTaskMs } = parts;
  const deadlineMs = clock.monotonic() + longestTaskMs;
  for (;;) {
    signal.throwIfAborted();
    const waiting = [...(await backlog.read()).keys()];
    const ours = waiting.filter((run) => run !== null && work.ours.has(run));
    const others = waiting.filter((run) => !ours.includes(run));
    if (others.length > 0 && work.others === 'refuse') throw refusal(await backlog.read(), work.ours);
    await stopRuns(parts, waiting);
    await discardRuns(parts, ours);
    await backlog.bury(others, 'the farm was cleared for a live episode; a retry brings the task back');
    const { input, emitting, waiting: inLanes, inFlight, result } = await observer.read(0);
    if (input + emitting + inLanes + inFlight + result === 0) return;
    if (clock.monotonic() >= deadlineMs) {
      throw new FarmhandError(
        'START_FAILED',
        `the farm is not empty after ${longestTaskMs / SECOND} s: ${inFlight} tasks in workers' hands, ${result} not ` +
          "collected; see 'farmhand status'",
      );
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Takes what waits of `runs` out of the farm for good; their results and dead letters stay. */
export async function discardRuns(
  { backlog, archive }: Pick<ClearFarmParts, 'backlog' | 'archive'>,
  runs: readonly (string | null)[],
): Promise<void> {
  await archive.discard(await backlog.bury(runs, 'the episode is over'));
}

/** Emits no more of these runs; one that is no run of the emitter's (a folder's message by hand) has nothing to be stopped. */
export async function stopRuns(
  { functions }: Pick<ClearFarmParts, 'functions'>,
  runs: readonly (string | null)[],
): Promise<void> {
  for (const run of runs) {
    if (run === null) continue;
    try {
      await functions.call('emitter', `/runs/${encodeURIComponent(run)}`, z.unknown(), { method: 'DELETE' });
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError && thrown.code === 'NOT_FOUND')) throw thrown;
    }
  }
}

function refusal(waiting: ReadonlyMap<string | null, number>, ours: ReadonlySet<string>): FarmhandError {
  const whose = [...waiting]
    .filter(([run]) => run === null || !ours.has(run))
    .map(([run, count]) => (run === null ? `${count} submitted by users` : `${count} of run ${run}`));
  return new FarmhandError(
    'CONFLICT',
    `the farm has work that is not this command's (${whose.join(', ')}): wait until it is done, or use a farm of its own`,
  );
}
