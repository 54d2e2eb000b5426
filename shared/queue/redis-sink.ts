import type { Redis } from 'ioredis';
import type { FinishedTask, TaskRecord } from '../task.ts';
import { idIn, parseFinished, parseRecord } from './envelope.ts';
import type { FarmKeys } from './keys.ts';
import type { Scripts } from './scripts.ts';
import type { TaskSink } from './task-sink.ts';

/** How long output keeps records: so many, the newest, and none for longer than `ms`. */
export interface Retention {
  readonly records: number;
  readonly ms: number;
}

/** TaskSink on Redis. */
export class RedisSink implements TaskSink {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #retain: Retention;
  /** Of what was taken last: it is most of what is committed next. */
  #bodies: ReadonlyMap<string, string | null> = new Map();

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; retain: Retention }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#retain = options.retain;
  }

  async take(limit: number): Promise<readonly FinishedTask[]> {
    const entries = await this.#redis.lrange(this.#keys.result, 0, limit - 1);
    const ids = entries.map(idIn);
    this.#bodies = await this.#bodiesOf(ids);
    // One without a body was committed meanwhile by somebody else, and its record is gone already.
    const whole = entries.filter((_, i) => this.#bodies.get(ids[i] ?? '') !== null);
    return whole.map((entry) => parseFinished(entry, this.#bodies.get(idIn(entry))));
  }

  async commit(ids: readonly string[]): Promise<readonly TaskRecord[]> {
    const { records: count, ms } = this.#retain;
    // Read before: a body goes with its record, which may be at once.
    const bodies = ids.every((id) => this.#bodies.has(id)) ? this.#bodies : await this.#bodiesOf(ids);
    const records = (await this.#scripts.run('commit', [count, ms, ...ids])) as string[];
    return records.map((entry) => parseRecord(entry, bodies.get(idIn(entry))));
  }

  async #bodiesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    if (ids.length === 0) return new Map();
    const bodies = await this.#redis.hmget(this.#keys.body, ...ids);
    return new Map(ids.map((id, i) => [id, bodies[i] ?? null]));
  }
}
