import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { QueuedTask } from '#shared/task.ts';

/** What a worker lends to a kind for one task. */
export interface KindContext {
  /** The task's own blob. Rejects with BLOB_GONE when it expired. */
  blob(): Promise<Buffer>;
  readonly clock: Clock;
  /** Aborts when the worker must give the task back; the kind then rejects as soon as it can. */
  readonly signal: AbortSignal;
  /** Stores the bytes of the result as a blob and returns its id. One for a task: another call, or another attempt, replaces it. */
  putOutput(bytes: Buffer): Promise<string>;
  readonly log: Logger;
  /** Folders that a payload may name files below. Absent: none, as in a cluster, where workers share no disk. */
  readonly fileRoots?: readonly string[];
}

/**
 * One kind of work. A kind is stateless between tasks, and its side effects are idempotent by task id, because a task whose
 * worker dies is run again.
 */
export interface TaskKind {
  readonly name: string;
  /**
   * True: never keeps the main thread busy for longer than about a second at a time, so the main thread's timer keeps its
   * lease. Otherwise a thread of its own does.
   */
  readonly yields?: boolean;
  /**
   * Does the work and returns its result, which must survive JSON. Rejects with PermanentError when no other attempt can
   * succeed; any other rejection is tried again.
   */
  run(task: QueuedTask, context: KindContext): Promise<unknown>;
}

/** The task itself is at fault: it goes to the dead letters at once. The message names the input and what is wrong with it. */
export class PermanentError extends Error {
  readonly retry = false;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PermanentError';
  }
}

/** Whether an attempt that ended with `error` makes every other attempt pointless. */
export function isPermanent(error: unknown): boolean {
  return error instanceof PermanentError || (error instanceof FarmhandError && error.code === 'BLOB_GONE');
}
