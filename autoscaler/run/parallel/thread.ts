import { parentPort } from 'node:worker_threads';
import { coerceError, FarmhandError, type ErrorCode } from '#shared/errors.ts';

/** What the main thread sends: one job at a time, or the wish to stop the one in hand. */
export type ToThread = { readonly kind: 'job'; readonly job: unknown } | { readonly kind: 'stop' };

/** What a thread answers. An error keeps its code; a class would not survive the way. */
export type FromThread =
  | { readonly kind: 'progress'; readonly progress: unknown }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: ErrorCode | null; readonly message: string };

export interface ThreadTools {
  /** Aborts when the main thread wants an end. */
  readonly signal: AbortSignal;
  readonly report: (progress: unknown) => void;
}

/** Serves jobs in a worker thread until the main thread ends it. The job's type is the two modules' agreement. */
export function serveThread(work: (job: never, tools: ThreadTools) => Promise<unknown>): void {
  const port = parentPort;
  if (port === null) throw new Error('this module is the start of a worker thread');
  const answer = (message: FromThread): void => port.postMessage(message);
  const stopping = new AbortController();
  const tools: ThreadTools = {
    signal: stopping.signal,
    report: (progress) => answer({ kind: 'progress', progress }),
  };
  port.on('message', (message: ToThread) => {
    if (message.kind === 'stop') {
      stopping.abort(new Error('stopped by the main thread'));
      return;
    }
    work(message.job as never, tools).then(
      (result) => answer({ kind: 'done', result }),
      (thrown: unknown) => {
        const error = coerceError(thrown);
        const code = error instanceof FarmhandError ? error.code : null;
        answer({ kind: 'failed', code, message: code === null ? (error.stack ?? error.message) : error.message });
      },
    );
  });
}
