import type { Doorbell } from '#shared/queue/doorbell.ts';
import type { TaskSink } from '#shared/queue/task-sink.ts';
import type { TaskSource } from '#shared/queue/task-source.ts';
import type { FinishedTask, TaskRecord, WithoutBody } from '#shared/task.ts';

export interface CollectOptions {
  readonly sink: TaskSink;
  /** Looks for lost claims in passing. */
  readonly source: Pick<TaskSource, 'reclaim'>;
  readonly doorbell: Doorbell;
  /** Does what a result asks for besides being recorded (writes its thumbnail). Safe to repeat; after a failure it is. */
  readonly deliver: (result: WithoutBody<FinishedTask>) => Promise<void>;
  readonly onCollected: (records: readonly WithoutBody<TaskRecord>[]) => void;
}

const BATCH = 200;

/**
 * One turn of the collector: delivers a batch of results, then commits it; without any, waits for the bell. A crash between
 * the two delivers again, and a second commit changes nothing, so each task has one record and, where one was asked for,
 * one thumbnail.
 */
export async function collect(options: CollectOptions, signal: AbortSignal): Promise<void> {
  const { sink, source, doorbell, deliver, onCollected } = options;
  const results = await sink.take(BATCH);
  if (results.length === 0) {
    // What output has kept for long enough goes also while nothing comes.
    await sink.commit([]);
    const { waitMs } = await source.reclaim();
    await doorbell.wait({ timeoutMs: waitMs, signal });
    return;
  }
  // All of them have ended before any is repeated: two must not write one file.
  const delivered = await Promise.allSettled(results.map(deliver));
  for (const each of delivered) if (each.status === 'rejected') throw each.reason;
  onCollected(await sink.commit(results.map(({ id }) => id)));
}
