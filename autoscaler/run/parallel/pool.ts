import { Worker } from 'node:worker_threads';
import { FarmhandError } from '#shared/errors.ts';
import type { FromThread, ToThread } from './thread.ts';

export interface PoolOptions {
  /** A module that calls `serveThread`. */
  readonly module: URL;
  /** At least 1; no more are started than there are jobs. */
  readonly threads: number;
  /** Passed on to the threads; what a job then does is its own affair. */
  readonly signal: AbortSignal;
  /** Most of JavaScript's memory that a thread may have, MB; it fails when it needs more. Default: Node's. */
  readonly memoryMb?: number;
  readonly onProgress?: (progress: unknown, job: number) => void;
  /** After each job, in the order in which they end. */
  readonly onDone?: (job: number) => void;
}

/**
 * Does the jobs in worker threads and resolves with their results in the jobs' order, so that the number of threads changes
 * nothing but the time. The first error ends the rest.
 */
export async function runInThreads<Result>(jobs: readonly unknown[], options: PoolOptions): Promise<Result[]> {
  const results: Result[] = new Array<Result>(jobs.length);
  const waiting = jobs.map((_, index) => index);
  const limits = options.memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.memoryMb } };
  const threads = Array.from(
    { length: Math.min(options.threads, jobs.length) },
    () => new Worker(options.module, limits),
  );
  const stop = (): void => threads.forEach((thread) => tell(thread, { kind: 'stop' }));
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    await Promise.all(
      threads.map(async (thread) => {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          const job = index;
          results[job] = (await doJob(thread, jobs[job], (p) => options.onProgress?.(p, job))) as Result;
          options.onDone?.(job);
        }
      }),
    );
    return results;
  } finally {
    options.signal.removeEventListener('abort', stop);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function doJob(thread: Worker, job: unknown, onProgress: (progress: unknown) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (code: number): void =>
      settle(() => reject(new Error(`a worker thread ended with exit code ${code} before its job was done`)));
    const onMessage = (message: FromThread): void => {
      if (message.kind === 'progress') onProgress(message.progress);
      else if (message.kind === 'done') settle(() => resolve(message.result));
      else settle(() => reject(errorOf(message)));
    };
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
    tell(thread, { kind: 'job', job });
  });
}

function errorOf({ code, message }: Extract<FromThread, { kind: 'failed' }>): Error {
  return code === null ? new Error(message) : new FarmhandError(code, message);
}

function tell(thread: Worker, message: ToThread): void {
  thread.postMessage(message);
}
