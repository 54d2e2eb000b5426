import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '#shared/clock.ts';
import { createLogger } from '#shared/log.ts';
import { farmKeys } from '#shared/queue/keys.ts';
import { RedisSource } from '#shared/queue/redis-source.ts';
import { Scripts } from '#shared/queue/scripts.ts';
import { connectRedis } from '#shared/redis.ts';
import { LeaseKeeper } from './beat.ts';
import type { HeartbeatMessage, ThreadSettings } from './heartbeat.ts';

const settings = workerData as ThreadSettings;
const log = createLogger({ fn: 'worker', level: 'warn' });

let source: Promise<RedisSource> | null = null;

/** Connects with the first beat: a task that ends before it costs no connection. One that breaks mends itself. */
async function beat(ids: readonly string[]): Promise<void> {
  source ??= connect().catch((error: unknown) => {
    source = null;
    throw error;
  });
  await (await source).beat(settings.worker, ids);
}

async function connect(): Promise<RedisSource> {
  const redis = await connectRedis({ url: settings.redisUrl, log });
  const keys = farmKeys(settings.farm);
  return new RedisSource({ redis, keys, scripts: new Scripts(redis, keys), rule: settings });
}

const keeper = new LeaseKeeper({ clock: new SystemClock(), log, beat }, settings);
parentPort?.on('message', ({ id, held }: HeartbeatMessage) => {
  if (held) keeper.held(id);
  else keeper.free(id);
});
