import type { Redis } from 'ioredis';
import { unlessAborted } from '../abort.ts';
import { LONGEST_WAIT_MS } from '../redis.ts';
import type { Doorbell, Stage } from './doorbell.ts';
import type { FarmKeys } from './keys.ts';

/** Doorbell on a Redis connection of its own, which it owns: BLPOP blocks a connection for as long as it waits. */
export class RedisDoorbell implements Doorbell {
  readonly #blocking: Redis;
  readonly #mail: string;
  readonly #wake: string;

  constructor(options: { blocking: Redis; keys: FarmKeys; member: string; stage: Stage }) {
    const { keys, stage } = options;
    this.#blocking = options.blocking;
    this.#mail = keys.mail(options.member);
    this.#wake = { input: keys.wakeInput, worker: keys.wakeWorker, result: keys.wakeResult }[stage];
  }

  async wait(options: { timeoutMs: number; signal: AbortSignal; mailOnly?: boolean }): Promise<void> {
    const { signal } = options;
    if (signal.aborted) return;
    const lists = options.mailOnly === true ? [this.#mail] : [this.#mail, this.#wake];
    // BLPOP reads 0 as for ever. A wait that ends early costs a look at a queue that has nothing new.
    const timeoutMs = Math.min(Math.max(options.timeoutMs, 1), LONGEST_WAIT_MS);
    const rung = this.#blocking.blpop(...lists, timeoutMs / 1000);
    // An aborted wait is left open: it ends with its connection. A ring that it swallows meanwhile is rung again by the next
    // script, at the latest by this member's own leave.
    await unlessAborted(rung, signal);
  }

  async close(): Promise<void> {
    this.#blocking.disconnect();
  }
}
