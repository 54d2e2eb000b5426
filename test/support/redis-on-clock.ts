import type { Redis } from 'ioredis';
import type { Clock } from '#shared/clock.ts';

const REDIS_TIME = "redis.call('TIME')";

/**
 * A connection on which the queue's scripts see a test's clock as Redis TIME; everything else of them is as it is.
 * @param farm whose keys the time is kept among, so that it goes with them
 */
export function redisOnClock(redis: Redis, clock: Clock, farm: string): Redis {
  const key = `{${farm}}:test-time`;
  const time = `redis.call('HMGET', '${key}', 'seconds', 'microseconds')`;
  const run = async (lua: string, ...rest: [number, ...(string | number | Buffer)[]]): Promise<unknown> => {
    const ms = clock.farmTime();
    await redis.hset(key, { seconds: Math.floor(ms / 1000), microseconds: Math.round((ms % 1000) * 1000) });
    return await redis.eval(lua.replaceAll(REDIS_TIME, time), ...rest);
  };
  const changed: Record<string | symbol, unknown> = {
    eval: run,
    // Each script is sent by its text, which is where the time is put in.
    evalsha: () => Promise.reject(new Error('NOSCRIPT sent by its text')),
  };
  return new Proxy(redis, {
    get(target, name) {
      if (name in changed) return changed[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
