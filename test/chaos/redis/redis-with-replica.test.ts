import { SECOND, SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRedisWithReplica, type RedisWithReplica } from '../../../chaos/redis/redis-with-replica.ts';
import { redisProgram } from '../../support/redis-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

const clock = new SystemClock();

async function startPair(): Promise<RedisWithReplica> {
  const program = await redisProgram();
  const pair = await startRedisWithReplica({ program, folder: temporaryFolder(), append: 'none', clock, sentinels: 1 });
  onTestFinished(() => pair.stop());
  return pair;
}

/** A server that does not answer is not given up within this test: whoever leaves it has heard the Sentinel's word. */
const NEVER_MS = 300_000;

async function connect(url: string): Promise<Redis> {
  const redis = await connectRedis({ url, log: silentLogger, answerWithinMs: NEVER_MS });
  onTestFinished(() => redis.disconnect());
  return redis;
}

describe('a primary and its replica', () => {
  it.each<[string, (pair: RedisWithReplica) => Promise<void>]>([
    ['is asked to hand over', (pair) => pair.failOver()],
    ['is killed', (pair) => pair.killPrimary()],
    ['is frozen', (pair) => pair.freezePrimary()],
  ])('the primary %s: another server serves, waits go on, and the old one is a replica again', async (_, fault) => {
    const pair = await startPair();
    const [redis, blocking] = [await connect(pair.url), await connect(pair.url)];
    const before = await pair.primaryPort();
    await redis.set('written', 'before');
    await until('it is replicated', async () => (await redis.wait(1, 1_000)) === 1);
    const popped = blocking.blpop('list', NEVER_MS / SECOND);

    await fault(pair);
    expect(pair.failovers).toBe(1);
    expect(await pair.primaryPort()).not.toBe(before);
    await redis.rpush('list', 'here');
    expect(await popped).toEqual(['list', 'here']);
    expect(await redis.get('written')).toBe('before');

    await pair.heal();
    expect(await redis.info('replication')).toMatch(/role:master\r\nconnected_slaves:1/);
    expect(await redis.get('written')).toBe('before');
  });

  it('changes places again and again', async () => {
    const pair = await startPair();
    const redis = await connect(pair.url);
    for (let round = 1; round <= 3; round += 1) {
      const before = await pair.primaryPort();
      await pair.failOver();
      expect(await pair.primaryPort()).not.toBe(before);
      expect(await redis.incr('rounds')).toBe(round);
      await pair.heal();
    }
    expect(pair.failovers).toBe(3);
  });

  it('stops in every state, twice', async () => {
    const pair = await startPair();
    const port = await pair.primaryPort();
    await pair.freezePrimary();
    await Promise.all([pair.stop(), pair.stop()]);
    const client = new Redis(port, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toThrow();
  });
});
