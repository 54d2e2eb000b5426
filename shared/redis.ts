import type { Redis } from 'ioredis';
import { SECOND } from './clock.ts';
import type { Secrets } from './config.ts';
import { FarmhandError } from './errors.ts';
import type { Logger } from './log.ts';
import { RedisConnection } from './redis-connection.ts';
import { connectionFailure, forgetArguments } from './redis-failure.ts';
import { watchFailovers } from './redis-failover-watch.ts';
import { redisOptions } from './redis-options.ts';
import { Redirections } from './redis-redirections.ts';
import { parseRedisUrl } from './redis-url.ts';
import { refuseOldRedis } from './redis-version.ts';

/**
 * A Redis that owes an answer for so long is taken for dead although its connection stands (a machine without power, a
 * network that swallows): the connection is dropped and another one made.
 */
const ANSWER_WITHIN_MS = 15 * SECOND;
/** So no blocking command may wait for longer than this. */
export const LONGEST_WAIT_MS = 10 * SECOND;

/**
 * A connection to the farm's Redis (docs/redis.md) that outlives outages and failovers: commands in flight when the connection
 * breaks, or when the server turns out to be no primary any more, are sent again, and every script of the queue answers a
 * repeat as it answered the first time, so nothing is lost or done twice.
 * Blocking waits need a connection of their own; automatic pipelining is off because it delays them.
 * @throws CONFIG_INVALID (the URL, or its certificates), REDIS_UNREACHABLE, REDIS_REFUSED
 */
export async function connectRedis(options: {
  url: string;
  log: Logger;
  connectTimeoutMs?: number;
  answerWithinMs?: number;
}): Promise<Redis> {
  const { log } = options;
  const target = parseRedisUrl(options.url);
  const connectTimeout = options.connectTimeoutMs ?? 5 * SECOND;
  const redirections = new Redirections({ target, log, aim: (address) => Object.assign(redis.options, address) });
  let wasUp = false;
  const redis = new RedisConnection({
    ...redisOptions(target),
    lazyConnect: true,
    maxRetriesPerRequest: null,
    enableAutoPipelining: false,
    connectTimeout,
    socketTimeout: options.answerWithinMs ?? ANSWER_WITHIN_MS,
    // A connection that is given up is closed in order within this time, else torn down.
    disconnectTimeout: SECOND / 2,
    retryStrategy: (attempt) => redirections.pauseMs(attempt),
    reconnectOnError: (error) => redirections.follow(error),
    sentinelCommandTimeout: connectTimeout,
    // At the start, Sentinels that do not answer are an error; later they are waited for.
    sentinelRetryStrategy: (attempt) => (wasUp ? redirections.pauseMs(attempt) : null),
  });
  let down = false;
  const seen: unknown[] = [];
  redis.on('sentinelError', (error: Error) => (wasUp ? 0 : seen.push(error)));
  redis.on('error', (error: Error) => {
    forgetArguments(error);
    // The client's summary of a round of questions; why the last one failed says more.
    const summary = error.message.startsWith('All sentinels');
    if (!wasUp) {
      // Thrown once the attempt has failed; whoever made it says so.
      if (!summary) seen.push(error);
      return;
    }
    if (redis.status === 'end' || down) return;
    down = true;
    const why = summary ? 'no Sentinel names a primary that answers' : error.message;
    log.warn({ error: why }, 'Redis does not answer; commands wait until it is back');
  });
  redis.on('ready', () => {
    if (down) log.info({}, 'Redis is back');
    down = false;
  });
  try {
    await redis.connect().catch((thrown: unknown) => {
      throw connectionFailure(target, seen.at(-1) ?? thrown);
    });
    wasUp = true;
    await refuseOldRedis(redis, target);
  } catch (thrown) {
    redis.disconnect();
    throw thrown;
  }
  if (target.sentinel !== null) {
    const watch = watchFailovers({ target, onFailover: () => redis.leave() });
    redis.once('end', () => watch.stop());
  }
  return redis;
}

/** Two connections, both or neither: one for commands and one for waits that block. @throws what connectRedis throws */
export async function connectPair(
  options: Parameters<typeof connectRedis>[0],
): Promise<{ redis: Redis; blocking: Redis }> {
  const redis = connectRedis(options);
  const blocking = connectRedis(options);
  const made = await Promise.allSettled([redis, blocking]);
  if (made.some(({ status }) => status === 'rejected')) {
    for (const one of made) if (one.status === 'fulfilled') one.value.disconnect();
  }
  return { redis: await redis, blocking: await blocking };
}

/** The farm's Redis from its secret. Without one nothing of the farm can work. */
export function redisUrlOf(secrets: Secrets): string {
  if (secrets.redisUrl !== null) return secrets.redisUrl;
  throw new FarmhandError('CONFIG_INVALID', 'no Redis: expected its URL in the secret redis-url or in REDIS_URL');
}

/**
 * For whoever stops, before it waits for what it has begun: without Redis nobody can be signed off and nothing handed back, so
 * commands that wait for it end now. Leases and silence say the rest.
 */
export function stopWaitingForRedis(redis: Redis): void {
  if (redis.status === 'ready') redis.once('close', () => redis.disconnect());
  else redis.disconnect();
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
