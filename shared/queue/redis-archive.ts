import type { Redis } from 'ioredis';
import type { DeadLetter, TaskRecord } from '../task.ts';
import type { Blobs } from './blobs.ts';
import { idOfRun, parseDeadLetter, parseRecord } from './envelope.ts';
import type { FarmKeys } from './keys.ts';
import { readInParts } from './read-in-parts.ts';
import type { Scripts } from './scripts.ts';
import type { Archive, Page, RecordPage, TaskState } from './task-sink.ts';

/** Archive on Redis. */
export class RedisArchive implements Archive {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;
  readonly #scripts: Scripts;
  readonly #blobs: Blobs;

  constructor(options: { redis: Redis; keys: FarmKeys; scripts: Scripts; blobs: Blobs }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#scripts = options.scripts;
    this.#blobs = options.blobs;
  }

  async find(id: string): Promise<TaskState> {
    const [state, entry = '', body] = (await this.#scripts.run('find', [id])) as string[];
    if (state === 'completed') return { state, record: parseRecord(entry, body) };
    if (state === 'dead') return { state, letter: parseDeadLetter(entry, body) };
    if (state === 'input' || state === 'waiting' || state === 'in-flight' || state === 'finished') return { state };
    return { state: 'unknown' };
  }

  async records({ run, ...page }: RecordPage): Promise<{ total: number; records: readonly TaskRecord[] }> {
    const keys = this.#keys;
    const from =
      run === undefined
        ? { order: keys.output, idOf: firstWord }
        : { order: keys.outputOf(run), idOf: (entry: string) => idOfRun(run, entry) };
    const { total, entries } = await this.#page({ ...from, ends: keys.record, page });
    return { total, records: entries.map(([entry, body]) => parseRecord(entry, body)) };
  }

  async deadLetters(page: Page): Promise<{ total: number; letters: readonly DeadLetter[] }> {
    const { total, entries } = await this.#page({
      order: this.#keys.deadOrder,
      idOf: firstWord,
      ends: this.#keys.dead,
      page,
    });
    return { total, letters: entries.map(([entry, body]) => parseDeadLetter(entry, body)) };
  }

  async retry(ids: readonly string[] | 'all'): Promise<number> {
    if (ids !== 'all' && ids.length === 0) return 0;
    return (await this.#scripts.run('revive', ids === 'all' ? [] : ids)) as number;
  }

  async discard(ids: readonly string[] | 'all'): Promise<number> {
    if (ids !== 'all' && ids.length === 0) return 0;
    const gone = (await this.#scripts.run('discard', ids === 'all' ? [] : ids)) as string[];
    for (const id of gone) await this.#blobs.delete(id);
    return gone.length;
  }

  /** Newest first: the order list grows at its tail. Each entry with its task's body; what is deleted meanwhile is left out. */
  async #page(from: {
    order: string;
    idOf: (entry: string) => string;
    ends: string;
    page: Page;
  }): Promise<{ total: number; entries: [string, string][] }> {
    const { offset, limit } = from.page;
    const total = await this.#redis.llen(from.order);
    const last = total - 1 - offset;
    if (last < 0 || limit < 1) return { total, entries: [] };
    const order = await this.#redis.lrange(from.order, Math.max(0, last - limit + 1), last);
    if (order.length === 0) return { total, entries: [] };
    const ids = order.map(from.idOf);
    ids.reverse();
    const entries = await readInParts(ids.length, async (at, count) => {
      const part = ids.slice(at, at + count);
      const [ends, bodies] = await Promise.all([
        this.#redis.hmget(from.ends, ...part),
        this.#redis.hmget(this.#keys.body, ...part),
      ]);
      const items = part.flatMap((_, i): [string, string][] => {
        const [end, body] = [ends[i], bodies[i]];
        return typeof end === 'string' && typeof body === 'string' ? [[end, body]] : [];
      });
      return { items, bytes: items.reduce((sum, [end, body]) => sum + end.length + body.length, 0), atEnd: false };
    });
    return { total, entries };
  }
}

function firstWord(entry: string): string {
  return entry.split(' ', 1)[0] ?? '';
}
