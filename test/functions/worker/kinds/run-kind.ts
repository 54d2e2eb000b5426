import { SystemClock, type Clock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import type { QueuedTask } from '#shared/task.ts';
import type { TaskKind } from '../../../../functions/worker/kinds/kind.ts';

interface Attempt {
  readonly payload?: unknown;
  /** Absent: the task has no blob. */
  readonly blob?: Buffer;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly fileRoots?: readonly string[];
}

/** Runs one task of a kind as a worker would, and gives its value after a trip through JSON, with what it stored. */
export async function runKind(kind: TaskKind, attempt: Attempt): Promise<{ value: unknown; outputs: Buffer[] }> {
  const outputs: Buffer[] = [];
  const value = await kind.run(taskOf(kind.name, attempt), {
    clock: attempt.clock ?? new SystemClock(),
    signal: attempt.signal ?? new AbortController().signal,
    log: silentLogger,
    blob: async () => attempt.blob!,
    putOutput: async (bytes) => {
      outputs.push(bytes);
      return `out-${outputs.length}`;
    },
    ...(attempt.fileRoots && { fileRoots: attempt.fileRoots }),
  });
  return { value: JSON.parse(JSON.stringify(value)) as unknown, outputs };
}

export function taskOf(kind: string, { payload, blob }: Pick<Attempt, 'payload' | 'blob'>): QueuedTask {
  return {
    id: 'task-1',
    kind,
    payload,
    ...(blob && { blob: true }),
    expectedServiceMs: 50,
    deadlineMs: 100,
    generatedAt: 0,
    deadlineAt: 100,
    latestStart: 50,
    attempts: 0,
  };
}
