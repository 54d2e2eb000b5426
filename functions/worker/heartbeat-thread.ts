import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '#shared/clock.ts';
import { createLogger } from '#shared/log.ts';
import { farmKeys } from '#shared/queue/keys.ts';
import { RedisSource } from '#shared/queue/redis-source.ts';
import { Scripts } from '#shared/queue/scripts.ts';
import { connectRedis } from '#shared/redis.ts';
import { beatWhileHeld } from './beat.ts';
import type { HeartbeatMessage, ThreadSettings } from './heartbeat.ts';

const settings = workerData as ThreadSettings;
const clock = new SystemClock();
const log = createLogger({ fn: 'worker', level: 'warn' });

let source: Promise<RedisSource> | null = null;

/** Connects with the first beat: a task that ends before it costs no connection. */
async function beat(): Promise<void> {
  source ??= connect();
  try {
    await (await source).beat(settings.worker);
  } catch (error) {
    source = null;
    throw error;
  }
}

async function connect(): Promise<RedisSource> {
  const keys = farmKeys(settings.farm);
  const redis = await connectRedis({ url: settings.redisUrl, log });
  return new RedisSource({ keys, scripts: new Scripts(redis, keys), rule: settings });
}

let free = new AbortController();
parentPort?.on('message', (message: HeartbeatMessage) => {
  free.abort();
  if (message !== 'held') return;
  free = new AbortController();
  void beatWhileHeld({ clock, log, beat }, settings, free.signal);
});
