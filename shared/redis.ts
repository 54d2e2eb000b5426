import { Redis } from 'ioredis';
import { FarmhandError } from './errors.ts';
import type { Secrets } from './config.ts';
import type { Logger } from './log.ts';

/**
 * A connection to the farm's Redis that outlives outages: commands in flight when the connection breaks are sent again, and
 * every script of the queue answers a repeat as it answered the first time, so nothing is lost or done twice.
 * Blocking waits need a connection of their own; automatic pipelining is off because it delays them.
 */
export async function connectRedis(options: { url: string; log: Logger; connectTimeoutMs?: number }): Promise<Redis> {
  const { log } = options;
  const redis = new Redis(options.url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    enableAutoPipelining: false,
    connectTimeout: options.connectTimeoutMs ?? 5_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
  });
  let down = false;
  const seen: Error[] = [];
  redis.on('error', (error: Error) => {
    seen[0] = error;
    if (redis.status === 'end' || down) return;
    down = true;
    log.warn({ error: error.message }, 'Redis does not answer; commands wait until it is back');
  });
  redis.on('ready', () => {
    if (down) log.info({}, 'Redis is back');
    down = false;
  });
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    throw connectionError(options.url, seen[0] ?? cause);
  }
  return redis;
}

/** Where, without the password that a URL may carry. */
export function redactUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function connectionError(url: string, cause: unknown): FarmhandError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const where = redactUrl(url);
  if (/WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(why)) {
    return new FarmhandError(
      'REDIS_REFUSED',
      `Redis at ${where} refuses the user or password; check REDIS_URL or the secret redis-url`,
      { cause },
    );
  }
  return new FarmhandError(
    'REDIS_UNREACHABLE',
    `Redis at ${where} does not answer (${why}); is it running, and is REDIS_URL right?`,
    { cause },
  );
}

/** The farm's Redis from its secret. Without one nothing of the farm can work. */
export function redisUrlOf(secrets: Secrets): string {
  if (secrets.redisUrl !== null) return secrets.redisUrl;
  throw new FarmhandError('CONFIG_INVALID', 'no Redis: expected its URL in the secret redis-url or in REDIS_URL');
}

/** A fastify preHandler: while Redis is away a request is refused at once instead of waiting for it to come back. */
export function requireRedis(redis: Redis): () => Promise<void> {
  return async () => {
    if (redis.status !== 'ready') {
      throw new FarmhandError(
        'REDIS_UNREACHABLE',
        'Redis does not answer just now; nothing was accepted, try again in a moment',
      );
    }
  };
}

/** Redis TIME in ms since 1970. */
export async function farmTimeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}
