import type { Redis } from 'ioredis';
import { z } from 'zod';
import { controlSettings } from '#shared/config-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import { closedObject } from '#shared/parse.ts';
import { redisScript, runScript } from '#shared/redis-script.ts';
import { hashOf } from '../model-store/lineage.ts';
import type { EpisodeSettings } from './settings.ts';
import type { OrderBook, StandingOrders } from './standing-orders.ts';

/** KEYS: the leader's lease, the orders. ARGV: holder, orders or ''. Returns 1; 0: another one leads. */
const WRITE = redisScript(`
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], ARGV[2]) end
return 1`);

const keptSchema = closedObject({
  /** Of farm.yml's `control` when they were given: one that has changed since is the later word. */
  farmYml: z.string(),
  settings: controlSettings,
  shadow: z.string().nullable(),
  paused: z.boolean(),
});

export interface OrderBookParts {
  readonly redis: Redis;
  /** config.farm */
  readonly farm: string;
  /** The lease of the leader (shared/lease.ts), and this process's name in it. */
  readonly lease: string;
  readonly holder: string;
  /** farm.yml's section. */
  readonly control: EpisodeSettings;
  readonly log: Logger;
}

/** Orders in the farm's Redis, as JSON in one key. Only the leader writes there. */
export class RedisOrderBook implements OrderBook {
  readonly #parts: OrderBookParts;
  readonly #key: string;
  readonly #farmYml: string;
  /** Why orders were left alone was said already for these. */
  #leftAlone: string | null = null;

  constructor(parts: OrderBookParts) {
    this.#parts = parts;
    this.#key = `{${parts.farm}}:autoscaler:orders`;
    this.#farmYml = hashOf(parts.control);
  }

  async read(): Promise<StandingOrders | null> {
    const text = await this.#parts.redis.get(this.#key);
    if (text === null) return null;
    const parsed = keptSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.farmYml === this.#farmYml) {
      const { settings, shadow, paused } = parsed.data;
      return { settings, shadow, paused };
    }
    if (text !== this.#leftAlone) this.#sayWhy(parsed.success);
    this.#leftAlone = text;
    return null;
  }

  async write(orders: StandingOrders | null): Promise<void> {
    const { redis, lease, holder } = this.#parts;
    const text = orders === null ? '' : JSON.stringify({ farmYml: this.#farmYml, ...orders });
    const written = await runScript(redis, WRITE, { keys: [lease, this.#key], args: [holder, text] });
    if (written !== 1) throw new FarmhandError('CONFLICT', 'another autoscaler leads by now: say it once more');
  }

  #sayWhy(understood: boolean): void {
    const { log } = this.#parts;
    if (understood)
      log.info({}, "farm.yml's control has changed since somebody set another one through HTTP: farm.yml holds");
    else log.warn({}, 'what was set through HTTP is of another Farmhand, and is left alone: farm.yml holds');
  }
}

/** Undefined, which no schema takes, for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
