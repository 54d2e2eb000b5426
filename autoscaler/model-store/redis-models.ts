import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '#shared/clock.ts';
import { redisScript, runScript } from '#shared/redis-script.ts';
import { defaultCaps, type StoreCaps } from './caps.ts';
import { emptyLedger } from './ledger.ts';
import { LedgerStore, type LedgerPlace } from './ledger-store.ts';
import { parseLedger } from './parse-ledger.ts';
import { redisModelKeys, type RedisModelKeys } from './redis-model-keys.ts';

/**
 * KEYS: ledger, files. ARGV: the revision expected ('' for none), the next ledger, the id of a file to add and its bytes ('' for
 * none), and ids of files to drop. The revision is the ledger's own SHA-1. Returns 1, or 0 where the ledger is another one.
 */
const COMMIT = redisScript(`
local ledger = redis.call('GET', KEYS[1])
local revision = ledger and redis.sha1hex(ledger) or ''
if revision ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], ARGV[3], ARGV[4]) end
for i = 5, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
return 1`);

/** A farm's models in its Redis. */
export function redisModelStore(parts: {
  redis: Redis;
  /** config.farm */
  farm: string;
  clock: Pick<Clock, 'farmTime'>;
  caps?: StoreCaps;
}): LedgerStore {
  const { redis, farm, clock, caps = defaultCaps } = parts;
  return new LedgerStore({ place: new RedisPlace({ redis, keys: redisModelKeys(farm) }), clock, caps });
}

class RedisPlace implements LedgerPlace {
  readonly where: string;
  readonly #redis: Redis;
  readonly #keys: RedisModelKeys;

  constructor({ redis, keys }: { redis: Redis; keys: RedisModelKeys }) {
    this.#redis = redis;
    this.#keys = keys;
    this.where = `Redis ${keys.ledger}`;
  }

  async read(): ReturnType<LedgerPlace['read']> {
    const text = await this.#redis.get(this.#keys.ledger);
    if (text === null) return { ledger: emptyLedger, revision: '' };
    return { ledger: parseLedger(text, this.where), revision: sha1(text) };
  }

  async commit({ revision, ledger, file, pruned }: Parameters<LedgerPlace['commit']>[0]): Promise<boolean> {
    const bytes = file === null ? '' : Buffer.from(file.bytes);
    const done = await runScript(this.#redis, COMMIT, {
      keys: [this.#keys.ledger, this.#keys.files],
      args: [revision, JSON.stringify(ledger), file?.id ?? '', bytes, ...pruned],
    });
    return done === 1;
  }

  async file(id: string): Promise<Uint8Array | null> {
    return this.#redis.hgetBuffer(this.#keys.files, id);
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
