import type { Redis } from 'ioredis';
import type { FinishedTask, TaskRecord } from '../task.ts';
import { parseFinished, parseRecord } from './envelope.ts';
import type { FarmKeys } from './keys.ts';
import type { Scripts } from './scripts.ts';
import type { TaskSink } from './task-sink.ts';

/** TaskSink on Redis. */
export class RedisSink implements TaskSink {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #retainRecords: number;

  /** @param options.retainRecords how many records output keeps; the oldest go first. */
  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; retainRecords: number }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#retainRecords = options.retainRecords;
  }

  async take(limit: number): Promise<readonly FinishedTask[]> {
    const entries = await this.#redis.lrange(this.#keys.result, 0, limit - 1);
    return entries.map(parseFinished);
  }

  async commit(ids: readonly string[]): Promise<readonly TaskRecord[]> {
    if (ids.length === 0) return [];
    const records = (await this.#scripts.run('commit', [this.#retainRecords, ...ids])) as string[];
    return records.map(parseRecord);
  }
}
