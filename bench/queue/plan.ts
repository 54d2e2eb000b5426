import type { AofMode } from './bench-redis.ts';

/** What is held fixed while the queues are compared. */
export interface Setting {
  /** Tasks that may be under way at once. */
  readonly concurrency: number;
  /** Bytes of a task's payload as JSON. */
  readonly payloadBytes: number;
  readonly aof: AofMode;
  /** Tasks that Farmhand claims at once: a row for each. BullMQ claims one at a time. */
  readonly batches: readonly number[];
}

/** How much is measured. */
export interface QueuePlan {
  readonly settings: readonly Setting[];
  /** Times that each queue has its turn in a setting. */
  readonly rounds: number;
  /** Length of a turn, ms. */
  readonly turnMs: number;
  /** Waiting tasks for the measurement of memory. */
  readonly memoryTasks: number;
  /** Single tasks for the waiting time of an idle queue. */
  readonly idleTasks: number;
}

/** Tasks a claim, where tasks are claimed in batches. */
const BATCH = 16;
const SMALL = 200;
const LARGE = 10_000;

/**
 * What `bench queue` measures. Memory is that of 25,000 tasks, told for 100,000: hash tables double, so a quarter of the
 * tasks fills them as far.
 * @param options.full every combination, instead of one change at a time from 50 tasks of 200 bytes with AOF off
 * @param options.always AOF always, too
 */
export function queuePlan(options: { full: boolean; always: boolean }): QueuePlan {
  const { full, always } = options;
  const usual: Setting = { concurrency: 50, payloadBytes: SMALL, aof: 'off', batches: [1, BATCH] };
  const oneChange: Setting[] = [
    usual,
    { ...usual, aof: 'everysec' },
    ...(always ? [{ ...usual, aof: 'always' as const }] : []),
    { ...usual, payloadBytes: LARGE },
    { ...usual, concurrency: 8, batches: [1] },
    { ...usual, concurrency: 1, batches: [1] },
  ];
  if (!full) return { settings: oneChange, rounds: 5, turnMs: 400, memoryTasks: 25_000, idleTasks: 300 };
  const modes: AofMode[] = ['off', 'everysec', ...(always ? ['always' as const] : [])];
  const all = modes.flatMap((aof) =>
    [SMALL, LARGE].flatMap((payloadBytes) =>
      [50, 8, 1].map((concurrency) => ({ ...usual, aof, payloadBytes, concurrency })),
    ),
  );
  return { settings: all, rounds: 9, turnMs: 1_000, memoryTasks: 100_000, idleTasks: 1_000 };
}
