import { Worker } from 'node:worker_threads';
import type { Logger } from '#shared/log.ts';

/** What the heartbeat's thread is told: whether a claim is held, and how it reaches the farm. */
export interface HeartbeatSettings {
  readonly redisUrl: string;
  readonly farm: string;
  readonly worker: string;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** After so long with one task in hand the worker is taken for stuck: no more beats, so that its lease runs out. */
  readonly maxHoldMs: number;
}

export type HeartbeatMessage = 'held' | 'free';

/**
 * Keeps the lease of the task in hand, from a thread of its own: a kind that keeps the main thread busy must not lose its
 * lease. The thread starts with the first task, so that an idle worker does not carry it, and connects only when a task
 * lasts as long as a beat, so that short tasks cost nothing.
 */
export class Heartbeat {
  readonly #settings: HeartbeatSettings;
  readonly #log: Logger;
  #thread: Worker | null = null;

  constructor(settings: HeartbeatSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  held(): void {
    this.#thread ??= this.#start();
    this.#tell('held');
  }

  free(): void {
    this.#tell('free');
  }

  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }

  #tell(message: HeartbeatMessage): void {
    this.#thread?.postMessage(message);
  }

  #start(): Worker {
    const thread = new Worker(new URL('./heartbeat-thread.ts', import.meta.url), {
      workerData: this.#settings,
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    thread.unref();
    thread.on('error', (error) => {
      this.#log.error({ error }, 'the heartbeat died; leases last only as long as one lease until the next task');
      if (this.#thread === thread) this.#thread = null;
    });
    return thread;
  }
}
