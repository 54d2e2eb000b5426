import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '#shared/clock.ts';
import { createLogger } from '#shared/log.ts';
import { farmKeys } from '#shared/queue/keys.ts';
import { RedisSource } from '#shared/queue/redis-source.ts';
import { Scripts } from '#shared/queue/scripts.ts';
import { connectRedis } from '#shared/redis.ts';
import type { HeartbeatMessage, HeartbeatSettings } from './heartbeat.ts';

const settings = workerData as HeartbeatSettings;
const { redisUrl, farm, worker, leaseMs, maxAttempts, maxHoldMs } = settings;
const clock = new SystemClock();
const log = createLogger({ fn: 'worker', level: 'warn' });
const keys = farmKeys(farm);

let source: Promise<RedisSource> | null = null;

async function connect(): Promise<RedisSource> {
  const redis = await connectRedis({ url: redisUrl, log });
  return new RedisSource({ keys, scripts: new Scripts(redis, keys), rule: { leaseMs, maxAttempts } });
}

/** Three beats fit into a lease, so that two may be lost. */
async function beatWhileHeld(free: AbortSignal): Promise<void> {
  for (let heldMs = leaseMs / 3; heldMs < maxHoldMs; heldMs += leaseMs / 3) {
    await clock.sleep(leaseMs / 3, free);
    if (free.aborted) return;
    try {
      source ??= connect();
      await (await source).beat(worker);
    } catch (error) {
      source = null;
      log.warn({ error }, 'a heartbeat did not reach Redis; the next one is tried in a third of a lease');
    }
  }
}

let free = new AbortController();
parentPort?.on('message', (message: HeartbeatMessage) => {
  free.abort();
  if (message !== 'held') return;
  free = new AbortController();
  void beatWhileHeld(free.signal);
});
