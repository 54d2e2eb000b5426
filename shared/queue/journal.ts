import type { Redis } from 'ioredis';
import type { FarmKeys } from './keys.ts';

/** Decisions kept in Redis, newest first. */
const KEPT = 1_000;

/** The autoscaler's decisions as they were made: they outlive its process. */
export class Journal {
  readonly #redis: Redis;
  readonly #keys: FarmKeys;

  constructor(options: { redis: Redis; keys: FarmKeys }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
  }

  async append(decision: unknown): Promise<void> {
    await this.#redis
      .pipeline()
      .lpush(this.#keys.decisions, JSON.stringify(decision))
      .ltrim(this.#keys.decisions, 0, KEPT - 1)
      .exec();
  }

  /** Newest first. */
  async list(limit: number): Promise<readonly unknown[]> {
    const lines = await this.#redis.lrange(this.#keys.decisions, 0, limit - 1);
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}
