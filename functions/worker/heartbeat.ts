import { Worker } from 'node:worker_threads';
import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import type { LeaseRule } from '#shared/queue/redis-source.ts';
import { beatWhileHeld, type BeatSettings } from './beat.ts';

/** What the heartbeat's thread needs to reach the farm by itself. */
export interface ThreadSettings extends BeatSettings, LeaseRule {
  readonly redisUrl: string;
  readonly farm: string;
  readonly worker: string;
}

export type HeartbeatMessage = 'held' | 'free';

/**
 * Keeps the lease of the task in hand. A kind that may keep the main thread busy must not lose its lease by that, so its
 * beats come from a thread of their own, which starts with the first such task: starting one takes longer than a short task.
 * A kind that yields (most of its time is spent waiting for a timer, the disk or a library's own threads) is kept by the
 * main thread's timer, which costs nothing.
 */
export class Heartbeat {
  readonly #settings: ThreadSettings;
  readonly #parts: { readonly clock: Clock; readonly log: Logger; readonly beat: () => Promise<unknown> };
  #thread: Worker | null = null;
  #free = new AbortController();

  /** @param parts.beat extends the lease over the main thread's own connection. */
  constructor(settings: ThreadSettings, parts: { clock: Clock; log: Logger; beat: () => Promise<unknown> }) {
    this.#settings = settings;
    this.#parts = parts;
  }

  held({ yields }: { yields: boolean }): void {
    this.free();
    if (yields) {
      this.#free = new AbortController();
      void beatWhileHeld(this.#parts, this.#settings, this.#free.signal);
      return;
    }
    this.#thread ??= this.#start();
    this.#tell('held');
  }

  free(): void {
    this.#free.abort();
    this.#tell('free');
  }

  async stop(): Promise<void> {
    this.free();
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
      this.#parts.log.error({ error }, 'the heartbeat died; leases last only as long as one lease until the next task');
      if (this.#thread === thread) this.#thread = null;
    });
    return thread;
  }
}
