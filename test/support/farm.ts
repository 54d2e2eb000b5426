import { Redis } from 'ioredis';
import { SystemClock } from '#shared/clock.ts';
import { parseConfig, type FarmConfig } from '#shared/config.ts';
import { openRedisFarm, type RedisFarm } from '#shared/queue/redis-farm.ts';
import { RedisDoorbell } from '#shared/queue/redis-doorbell.ts';
import type { Stage } from '#shared/queue/doorbell.ts';
import { testRedis } from './redis.ts';

/** A farm of one's own on the run's real Redis, as a function's composition root opens it. */
export interface TestFarm extends RedisFarm {
  readonly redis: Redis;
  readonly url: string;
  readonly config: FarmConfig;
  doorbell(member: string, stage: Stage): RedisDoorbell;
  close(): Promise<void>;
}

export async function openTestFarm(yaml = ''): Promise<TestFarm> {
  const server = await testRedis();
  const config = parseConfig(`farm: ${server.prefix}\n${yaml}`, { file: 'test', environment: {} });
  const redis = new Redis(server.url);
  const blocking = new Redis(server.url);
  const connections = [redis, blocking];
  const farm = openRedisFarm({ redis, blocking, config, client: 'test' });
  return {
    ...farm,
    redis,
    url: server.url,
    config,
    doorbell(member, stage) {
      const own = new Redis(server.url);
      connections.push(own);
      return new RedisDoorbell({ blocking: own, keys: farm.keys, member, stage });
    },
    async close() {
      for (const connection of connections) connection.disconnect();
      await server.close();
    },
  };
}

export const clock = new SystemClock();
