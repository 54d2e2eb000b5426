import type { Redis } from 'ioredis';
import type { FinishedTask, TaskRecord } from '../task.ts';
import { parseFinished, parseRecord } from './envelope.ts';
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

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; retain: Retention }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#retain = options.retain;
  }

  async take(limit: number): Promise<readonly FinishedTask[]> {
    const entries = await this.#redis.lrange(this.#keys.result, 0, limit - 1);
    return entries.map(parseFinished);
  }

  async commit(ids: readonly string[]): Promise<readonly TaskRecord[]> {
    const { records: count, ms } = this.#retain;
    const records = (await this.#scripts.run('commit', [count, ms, ...ids])) as string[];
    return records.map(parseRecord);
  }
}
