import type { RedisDoorbell } from '#shared/queue/redis-doorbell.ts';
import type { TaskInbox } from '#shared/queue/task-inbox.ts';
import type { TaskSink } from '#shared/queue/task-sink.ts';
import type { ClaimReply, TaskSource } from '#shared/queue/task-source.ts';
import type { Outcome } from '#shared/task.ts';

/** Messages and results that emitter and collector move at once, as the functions do. */
export const BATCH = 200;

interface Stage {
  readonly doorbell: Pick<RedisDoorbell, 'wait'>;
  readonly signal: AbortSignal;
}

/** What the emitter does with users' tasks (functions/emitter/emitter.ts). */
export async function runEmitter({ inbox, doorbell, signal }: Stage & { inbox: TaskInbox }): Promise<void> {
  while (!signal.aborted) {
    const { moved } = await inbox.take(BATCH);
    if (moved === 0) await doorbell.wait({ timeoutMs: LONGEST_WAIT_MS, signal });
  }
}

/** What one slot of a worker does (functions/worker/worker-loop.ts), with no-ops for work. */
export async function runSlot(
  options: Stage & {
    source: TaskSource;
    worker: string;
    /** Tasks a claim. */
    batch: number;
    onStart: () => void;
    onFinish: (tasks: number) => void;
  },
): Promise<void> {
  const { source, worker, batch, doorbell, signal, onStart, onFinish } = options;
  let sequence = 0;
  let reply: ClaimReply | null = null;
  while (!signal.aborted) {
    sequence += 1;
    reply ??= await source.claim({ worker, sequence, most: batch });
    if (reply.kind !== 'tasks') {
      await doorbell.wait({ timeoutMs: LONGEST_WAIT_MS, signal });
      reply = null;
      continue;
    }
    for (let i = 0; i < reply.claims.length; i += 1) onStart();
    sequence += 1;
    const ended = reply.claims.map((claim) => ({ claim, outcome: noOp }));
    const { accepted, next } = await source.finish({ worker, sequence, ended, most: batch });
    onFinish(accepted.filter(Boolean).length);
    reply = next;
  }
}

const noOp: Outcome = { kind: 'done', value: null, serviceMs: 0 };

/** What the collector does (functions/collector/collect.ts), with nothing to deliver. */
export async function runCollector(
  options: Stage & { sink: TaskSink; onRecorded: (tasks: number) => void },
): Promise<void> {
  const { sink, doorbell, signal, onRecorded } = options;
  while (!signal.aborted) {
    const results = await sink.take(BATCH);
    if (results.length === 0) {
      await doorbell.wait({ timeoutMs: LONGEST_WAIT_MS, signal });
      continue;
    }
    const records = await sink.commit(results.map(({ id }) => id));
    onRecorded(records.length);
  }
}

/** A bell that does not ring is looked past after so long. */
const LONGEST_WAIT_MS = 1_000;
