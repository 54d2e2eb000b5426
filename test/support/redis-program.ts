import { join } from 'node:path';
import { processEnvironment } from '#shared/config.ts';
import { getRedis } from '../../local/redis/get-redis.ts';
import type { RedisProgram } from '../../local/redis/redis-program.ts';

/** The Redis server that tests run; one that has to be fetched is kept in the project's state folder. */
export async function redisProgram(onStep?: (sentence: string) => void): Promise<RedisProgram> {
  return await getRedis({
    folder: join(import.meta.dirname, '../../.farmhand/redis-program'),
    path: processEnvironment()['PATH'],
    ...(onStep === undefined ? {} : { onStep }),
  });
}
