import type { Redis } from 'ioredis';
import type { Logger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';

/**
 * Makes sure that a Redis which the user runs can carry a farm: it answers, lets us in, and is new enough; warns where it may
 * lose tasks by its settings. Writes nothing.
 * Throws CONFIG_INVALID (not a URL of Redis), REDIS_UNREACHABLE, or REDIS_REFUSED (password, certificate, or its version).
 */
export async function checkGivenRedis(url: string, log: Logger): Promise<void> {
  const redis = await connectRedis({ url, log });
  try {
    const facts = await readFacts(redis);
    const policy = facts.get('maxmemory_policy');
    if (Number(facts.get('maxmemory') ?? 0) > 0 && policy !== 'noeviction') {
      log.warn(
        { policy },
        'this Redis drops keys when its memory is full, and tasks with them: set maxmemory-policy to noeviction',
      );
    }
    if (facts.get('aof_enabled') === '0') {
      log.warn({}, 'this Redis forgets tasks when it is restarted: set appendonly to yes');
    }
  } finally {
    redis.disconnect();
  }
}

/** INFO as a map; empty where the user may not call it. */
async function readFacts(redis: Redis): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await redis.info();
  } catch {
    return new Map();
  }
  return new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
