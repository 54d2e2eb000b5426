import type { Redis } from 'ioredis';
import { FarmhandError, type ErrorCode } from '#shared/errors.ts';
import { RedisLease } from '#shared/lease.ts';
import { runScript, type RedisScript } from '#shared/redis-script.ts';
import type { RunKeys } from './run-keys.ts';
import { BEGIN, END, PROGRESS, RELEASE, TAKE } from './run-scripts.ts';

/** Events that a run keeps; a run leaves a few hundred. */
const MOST_EVENTS = 5_000;

/** How a run ended. */
export type RunEnd =
  | { readonly state: 'done'; readonly result: object }
  | { readonly state: 'failed'; readonly error: { readonly code: ErrorCode; readonly message: string } }
  | { readonly state: 'cancelled' };

export interface ProgressReport {
  readonly done: number;
  readonly total: number;
  /** Each becomes an event, as JSON. */
  readonly events: readonly object[];
}

/**
 * What the one process may do that does a farm's runs: of several autoscalers the one that holds the lease. Whatever it writes
 * is refused when it no longer is.
 */
export class RunDesk {
  readonly #redis: Redis;
  readonly #keys: RunKeys;
  readonly #holder: string;
  readonly #lease: RedisLease;

  constructor(parts: { redis: Redis; keys: RunKeys; holder: string; leaseTtlMs: number }) {
    this.#redis = parts.redis;
    this.#keys = parts.keys;
    this.#holder = parts.holder;
    this.#lease = new RedisLease({ ...parts, key: parts.keys.lease, ttlMs: parts.leaseTtlMs });
  }

  /** Whether this process is the one, for another lease's length. */
  async hold(): Promise<boolean> {
    return (await this.#lease.hold()) !== null;
  }

  async giveUp(): Promise<void> {
    await this.#lease.release();
  }

  /** The next run to be done, one that was left behind first; null: there is none, or this process is not the one. */
  async take(): Promise<string | null> {
    const { lease, current, queue } = this.#keys;
    const id = await runScript(this.#redis, TAKE, { keys: [lease, current, queue], args: [this.#holder] });
    return typeof id === 'string' ? id : null;
  }

  /** How often the run has been begun, this time included. @throws CONFLICT where it is another process's by now */
  async begin(id: string): Promise<number> {
    return this.#own(BEGIN, id, { keys: [this.#keys.run(id), this.#keys.changes] });
  }

  async isCancelled(id: string): Promise<boolean> {
    return (await this.#redis.hget(this.#keys.run(id), 'cancel')) !== null;
  }

  /** @throws CONFLICT as `begin` */
  async report(id: string, { done, total, events }: ProgressReport): Promise<void> {
    const { run, events: eventsOf, changes } = this.#keys;
    const args = [done, total, MOST_EVENTS, ...events.map((event) => JSON.stringify(event))];
    await this.#own(PROGRESS, id, { keys: [run(id), eventsOf(id), changes], args });
  }

  /** @throws CONFLICT as `begin` */
  async end(id: string, end: RunEnd): Promise<void> {
    const { run, events, checkpoint, changes } = this.#keys;
    const fields =
      end.state === 'done' ? { result: end.result } : end.state === 'failed' ? { error: end.error } : ({} as object);
    const written = Object.entries(fields).flatMap(([name, value]) => [name, JSON.stringify(value)]);
    await this.#own(END, id, {
      keys: [run(id), events(id), checkpoint(id), changes],
      // A script cannot unpack nothing behind a pair; the state once more does no harm.
      args: [end.state, JSON.stringify(end), 'state', end.state, ...written],
    });
  }

  /** Puts a run back at the head of the queue. */
  async release(id: string): Promise<void> {
    await this.#own(RELEASE, id, { keys: [this.#keys.run(id), this.#keys.queue, this.#keys.changes] });
  }

  async #own(
    script: RedisScript,
    id: string,
    { keys, args = [] }: { keys: readonly string[]; args?: readonly (string | number)[] },
  ): Promise<number> {
    const { lease, current } = this.#keys;
    const done = (await runScript(this.#redis, script, {
      keys: [lease, current, ...keys],
      args: [this.#holder, id, ...args],
    })) as number;
    if (done > 0) return done;
    throw new FarmhandError('CONFLICT', `run ${id} is not this process's any more: its lease ran out`);
  }
}
