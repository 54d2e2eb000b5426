import { Worker } from 'node:worker_threads';
import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import type { LeaseRule } from '#shared/queue/redis-source.ts';
import { LeaseKeeper, type Beat, type BeatSettings } from './beat.ts';

/** What the heartbeat's thread needs to reach the farm by itself. */
export interface ThreadSettings extends BeatSettings, LeaseRule {
  readonly redisUrl: string;
  readonly farm: string;
  readonly worker: string;
}

/** A task is in work now, or no longer. */
export interface HeartbeatMessage {
  readonly id: string;
  readonly held: boolean;
}

/**
 * Keeps the leases of the tasks in work. A kind that may keep the main thread busy must not lose its lease by that, so its
 * beats come from a thread of their own, which starts with the first such task: starting one takes longer than a short task.
 * A kind that yields (most of its time is spent waiting for a timer, the disk or a library's own threads) is kept by the
 * main thread's timer, which costs nothing.
 */
export class Heartbeat {
  readonly #settings: ThreadSettings;
  readonly #log: Logger;
  readonly #own: LeaseKeeper;
  /** Tasks that the thread keeps. */
  readonly #onThread = new Set<string>();
  #thread: Worker | null = null;

  /** @param parts.beat extends leases over the main thread's own connection. */
  constructor(settings: ThreadSettings, parts: { clock: Clock; log: Logger; beat: Beat }) {
    this.#settings = settings;
    this.#log = parts.log;
    this.#own = new LeaseKeeper(parts, settings);
  }

  held(id: string, { yields }: { yields: boolean }): void {
    if (yields) {
      this.#own.held(id);
      return;
    }
    this.#onThread.add(id);
    this.#thread ??= this.#start();
    this.#tell({ id, held: true });
  }

  free(id: string): void {
    this.#own.free(id);
    if (this.#onThread.delete(id)) this.#tell({ id, held: false });
  }

  async stop(): Promise<void> {
    this.#own.stop();
    this.#onThread.clear();
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
