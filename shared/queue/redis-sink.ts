import type { Redis } from 'ioredis';
import type { FinishedTask, TaskRecord } from '../task.ts';
import { idIn, parseFinished, parseRecord } from './envelope.ts';
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
  /** Of what was taken last: it is most of what is committed next. */
  #bodies: ReadonlyMap<string, string | null> = new Map();

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; retain: Retention }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#retain = options.retain;
  }

  async take(limit: number): Promise<readonly FinishedTask[]> {
    const all = new Map<string, string | null>();
    this.#bodies = all;
    return await readInParts(limit, async (from, count) => {
      const entries = await this.#redis.lrange(this.#keys.result, from, from + count - 1);
      const bodies = await this.#bodiesOf(entries.map(idIn));
      for (const [id, body] of bodies) all.set(id, body);
      // One without a body was committed meanwhile by somebody else, and its record is gone already.
      const whole = entries.filter((entry) => bodies.get(idIn(entry)) !== null);
      return {
        items: whole.map((entry) => parseFinished(entry, bodies.get(idIn(entry)))),
        bytes: whole.reduce((sum, entry) => sum + entry.length + (bodies.get(idIn(entry))?.length ?? 0), 0),
        atEnd: entries.length < count,
      };
    });
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
