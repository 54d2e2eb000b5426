import type { Redis } from 'ioredis';
import { FarmhandError } from './errors.ts';
import { describeTarget, type RedisTarget } from './redis-url.ts';

/** The oldest Redis that the queue's scripts are tested on (Debian 12's). */
export const MINIMUM_REDIS = '7.0';

/** Compares dotted versions by their first two numbers: 6.2.9 is older than 7.0, 10.0.0 is not. */
export function isOlder(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/** Says nothing where the user may not ask. @throws REDIS_REFUSED */
export async function refuseOldRedis(redis: Redis, target: RedisTarget): Promise<void> {
  const info = await redis.info('server').catch(() => '');
  const version = /^redis_version:(.*)$/m.exec(info)?.[1]?.trim();
  if (version === undefined || !isOlder(version, MINIMUM_REDIS)) return;
  throw new FarmhandError(
    'REDIS_REFUSED',
    `Redis at ${describeTarget(target)} is version ${version}; ${MINIMUM_REDIS} or newer is needed`,
  );
}
