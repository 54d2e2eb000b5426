import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../chaos/proxy/tcp-proxy.ts';
import { testRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();

/** A connection through a proxy of its own, with a command that the server has not answered yet. */
async function waiting(): Promise<{ redis: Redis; proxy: TcpProxy; answer: Promise<unknown> }> {
  const { url, prefix } = await testRedis();
  const { port, password } = new URL(url);
  const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: Number(port) }, clock });
  onTestFinished(() => proxy.stop());
  const redis = await connectRedis({ url: `redis://:${password}@127.0.0.1:${proxy.port}`, log: silentLogger });
  onTestFinished(() => redis.disconnect());
  const answer = redis.blpop(`{${prefix}}:nothing`, 9).catch((error: unknown) => error);
  return { redis, proxy, answer };
}

async function untilItIs(redis: Redis, status: Redis['status']): Promise<void> {
  await until(`it is ${status}`, () => redis.status === status);
}

describe('a connection that is closed answers everybody', () => {
  interface State {
    readonly what: string;
    readonly reach: (redis: Redis, proxy: TcpProxy) => Promise<void>;
  }
  it.each<State>([
    { what: 'while it stands', reach: async () => undefined },
    {
      what: 'while it waits to connect again',
      async reach(redis, proxy) {
        proxy.partition();
        await untilItIs(redis, 'reconnecting');
      },
    },
    {
      what: 'while it connects again',
      async reach(redis, proxy) {
        proxy.partition();
        await untilItIs(redis, 'reconnecting');
        await new Promise((resolve) => redis.once('connecting', resolve));
      },
    },
    {
      what: 'during the handshake after a break',
      async reach(redis, proxy) {
        proxy.stall();
        proxy.cut(1);
        await untilItIs(redis, 'connect');
      },
    },
  ])('$what', async ({ reach }) => {
    const { redis, proxy, answer } = await waiting();
    await reach(redis, proxy);
    const queued = redis.status === 'ready' ? answer : redis.ping().catch((error: unknown) => error);
    const ended = new Promise((resolve) => redis.once('end', resolve));
    redis.disconnect();
    expect(await answer).toMatchObject({ message: 'Connection is closed.' });
    expect(await queued).toMatchObject({ message: 'Connection is closed.' });
    await ended;
    await expect(redis.ping()).rejects.toThrow('Connection is closed.');
  });
});
