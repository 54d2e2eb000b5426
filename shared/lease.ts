import type { Redis } from 'ioredis';
import { redisScript, runScript, type RedisScript } from './redis-script.ts';

/**
 * A leader lease in Redis: at most one holder at a time, fenced by an epoch that grows with each change of holder. Time is
 * Redis TIME, so clients' clocks do not matter. Held: the holder renews it before it runs out. Lost: it could not in time.
 */
export interface Lease {
  /**
   * Takes or renews the lease, for `ttlMs` from now or as long as it usually lasts. Null while another holds it; otherwise
   * this holder's epoch.
   */
  hold(ttlMs?: number): Promise<number | null>;
  /** Gives it up, if it is ours. */
  release(): Promise<void>;
}

/** ARGV: holder, ttlMs. Returns {1 | 0, epoch}. */
const HOLD = redisScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local holder, till, epoch = unpack(redis.call('HMGET', KEYS[1], 'holder', 'till', 'epoch'))
epoch = tonumber(epoch or 0)
if holder and holder ~= ARGV[1] and tonumber(till) > now then return { 0, epoch } end
if holder ~= ARGV[1] or tonumber(till) <= now then epoch = epoch + 1 end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'till', string.format('%.3f', now + tonumber(ARGV[2])), 'epoch', epoch)
return { 1, epoch }`);

/** ARGV: holder. The epoch stays, so that it never goes back. */
const RELEASE = redisScript(`
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'holder', 'till')
return 1`);

export class RedisLease implements Lease {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #holder: string;
  readonly #ttlMs: number;

  /** @param options.key from FarmKeys.leader; `holder` must be unique to this process; `ttlMs`: how long it usually lasts. */
  constructor(options: { redis: Redis; key: string; holder: string; ttlMs: number }) {
    this.#redis = options.redis;
    this.#key = options.key;
    this.#holder = options.holder;
    this.#ttlMs = options.ttlMs;
  }

  async hold(ttlMs = this.#ttlMs): Promise<number | null> {
    const [held, epoch] = (await this.#run(HOLD, [this.#holder, ttlMs])) as [number, number];
    return held === 1 ? epoch : null;
  }

  async release(): Promise<void> {
    await this.#run(RELEASE, [this.#holder]);
  }

  async #run(script: RedisScript, args: readonly (string | number)[]): Promise<unknown> {
    return await runScript(this.#redis, script, { keys: [this.#key], args });
  }
}
