import type { BenchRedis } from './bench-redis.ts';
import type { QueueSide } from './queue-side.ts';

const BULK = 200;

/** Bytes of Redis for one waiting task, when so many wait. */
export async function measureMemory(options: { side: QueueSide; redis: BenchRedis; tasks: number }): Promise<number> {
  const { side, redis, tasks } = options;
  // The first tasks bring what a queue has once, and the buffers of connections.
  await side.load(BULK);
  const before = await redis.usedMemory();
  for (let loaded = 0; loaded < tasks; loaded += BULK) await side.load(Math.min(BULK, tasks - loaded));
  return ((await redis.usedMemory()) - before) / tasks;
}
