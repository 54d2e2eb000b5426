import type { Redis } from 'ioredis';
import type { FinishedTask, TaskRecord, WithoutBody } from '../task.ts';
import { parseFinished, parseVerdict } from './envelope.ts';
import type { FarmKeys } from './keys.ts';
import { readInParts } from './read-in-parts.ts';
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

  async take(limit: number): Promise<readonly WithoutBody<FinishedTask>[]> {
    const entries = await readInParts(limit, async (from, count) => {
      const items = await this.#redis.lrange(this.#keys.result, from, from + count - 1);
      return { items, bytes: items.reduce((sum, { length }) => sum + length, 0), atEnd: items.length < count };
    });
    return entries.map(parseFinished);
  }

  async commit(ids: readonly string[]): Promise<readonly WithoutBody<TaskRecord>[]> {
    const { records, ms } = this.#retain;
    return ((await this.#scripts.run('commit', [records, ms, ...ids])) as string[]).map(parseVerdict);
  }
}
