import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

export interface AsyncQueueOptions {
  /** Jobs at a time, each function. */
  readonly concurrency: number;
  /** Jobs that may wait, over all functions. */
  readonly maxJobs: number;
  /** Bytes that the waiting jobs may hold, over all functions. */
  readonly maxBytes: number;
  readonly log: Logger;
}

export interface AsyncJob {
  readonly fn: string;
  readonly bytes: number;
  /** A rejection is logged; the job is not repeated. */
  run(): Promise<void>;
}

interface Lane {
  readonly waiting: AsyncJob[];
  running: number;
}

/**
 * Asynchronous invocations in memory, in order for each function. Bounded: what does not fit is refused at the door. What
 * waits when the gateway stops is lost, as with the in-memory NATS Streaming of the Community Edition; the farm's own tasks
 * go through Redis instead.
 */
export class AsyncQueue {
  readonly #options: AsyncQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Set<Promise<void>>();
  #jobs = 0;
  #bytes = 0;
  #closed = false;

  constructor(options: AsyncQueueOptions) {
    this.#options = options;
  }

  /** False: the queue is full or closed, and the job was not taken. */
  offer(job: AsyncJob): boolean {
    const { maxJobs, maxBytes } = this.#options;
    if (this.#closed || this.#jobs >= maxJobs || this.#bytes + job.bytes > maxBytes) return false;
    let lane = this.#lanes.get(job.fn);
    if (lane === undefined) {
      lane = { waiting: [], running: 0 };
      this.#lanes.set(job.fn, lane);
    }
    lane.waiting.push(job);
    this.#jobs += 1;
    this.#bytes += job.bytes;
    this.#pump(job.fn, lane);
    return true;
  }

  /** Takes and starts no more jobs, and resolves when the running ones have ended; returns how many were dropped. */
  async close(): Promise<number> {
    this.#closed = true;
    const dropped = this.#jobs;
    this.#lanes.clear();
    this.#jobs = 0;
    await Promise.all(this.#running);
    return dropped;
  }

  #pump(fn: string, lane: Lane): void {
    while (!this.#closed && lane.running < this.#options.concurrency) {
      const job = lane.waiting.shift();
      if (job === undefined) break;
      this.#jobs -= 1;
      this.#bytes -= job.bytes;
      lane.running += 1;
      const done = this.#run(job).then(() => {
        this.#running.delete(done);
        lane.running -= 1;
        this.#pump(fn, lane);
      });
      this.#running.add(done);
    }
    if (lane.running === 0 && lane.waiting.length === 0) this.#lanes.delete(fn);
  }

  async #run(job: AsyncJob): Promise<void> {
    try {
      await job.run();
    } catch (thrown) {
      this.#options.log.warn({ function: job.fn, error: coerceError(thrown) }, 'an asynchronous invocation failed');
    }
  }
}
