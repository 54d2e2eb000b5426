import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../../chaos/proxy/tcp-proxy.ts';
import { testRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

const clock = new SystemClock();

/** A server that says everything again, and a proxy before it. */
async function echoBehindProxy(): Promise<{ proxy: TcpProxy; dial: () => Promise<Client>; far: Set<Socket> }> {
  const far = new Set<Socket>();
  const server = createServer((socket) => {
    far.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => far.delete(socket));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await startTcpProxy({ target: server.address() as AddressInfo & { host: string }, clock });
  onTestFinished(async () => {
    await proxy.stop();
    server.close();
  });
  return { proxy, dial: () => Client.dial(proxy.port), far };
}

/** One connection through the proxy, and what came back over it. */
class Client {
  received = '';
  closed = false;
  readonly socket: Socket;

  static async dial(port: number): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    const client = new Client(socket);
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve());
      socket.once('close', () => resolve());
    });
    onTestFinished(() => void socket.destroy());
    return client;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  async hears(text: string): Promise<void> {
    await until(`${text} comes back`, () => this.received.endsWith(text));
  }
}

describe('a TCP proxy', () => {
  it('carries bytes both ways, in order, and counts connections', async () => {
    const { proxy, dial } = await echoBehindProxy();
    const [one, two] = [await dial(), await dial()];
    const long = Array.from({ length: 100_000 }, (_, index) => `${index} `).join('');
    one.socket.write(long);
    two.socket.write('short');
    await one.hears('99999 ');
    expect(one.received).toBe(long);
    await two.hears('short');
    expect([proxy.connections, proxy.accepted]).toEqual([2, 2]);
    one.socket.end();
    await until('one is closed', () => one.closed && proxy.connections === 1);
    expect(proxy.accepted).toBe(2);
  });

  it('stalled, it keeps connections and bytes, and delivers them when it is healed', async () => {
    const { proxy, dial } = await echoBehindProxy();
    const client = await dial();
    proxy.stall();
    client.socket.write('later');
    const during = await dial();
    during.socket.write('too');
    await clock.sleep(100);
    expect([client.received, during.received]).toEqual(['', '']);
    proxy.heal();
    await client.hears('later');
    await during.hears('too');
    expect(client.closed).toBe(false);
  });

  it('partitioned, it cuts every connection and each new one, on both sides', async () => {
    const { proxy, dial, far } = await echoBehindProxy();
    const client = await dial();
    client.socket.write('x');
    await client.hears('x');
    proxy.partition();
    await until('both ends know', () => client.closed && far.size === 0);
    const refused = await dial();
    await until('it is refused', () => refused.closed);
    expect(proxy.accepted).toBe(1);
    proxy.heal();
    const again = await dial();
    again.socket.write('back');
    await again.hears('back');
  });

  it('delays each byte in both directions', async () => {
    const { proxy, dial } = await echoBehindProxy();
    const client = await dial();
    proxy.latency(60);
    const began = clock.monotonic();
    client.socket.write('slow');
    await client.hears('slow');
    expect(clock.monotonic() - began).toBeGreaterThanOrEqual(119);
    proxy.heal();
    client.socket.write('fast');
    await client.hears('fast');
  });

  it('cuts a share of the connections', async () => {
    const { proxy, dial } = await echoBehindProxy();
    const clients = await Promise.all(Array.from({ length: 8 }, () => dial()));
    await until('all are there', () => proxy.connections === 8);
    expect(proxy.cut(0.5)).toBe(4);
    await until('four are closed', () => clients.filter(({ closed }) => closed).length === 4);
    await until('it knows', () => proxy.connections === 4);
    expect(proxy.cut(0)).toBe(0);
  });

  it('half-open, the near end is never told; new connections are whole', async () => {
    const { proxy, dial, far } = await echoBehindProxy();
    const client = await dial();
    client.socket.write('x');
    await client.hears('x');
    proxy.halfOpen();
    await until('the far end is closed', () => far.size === 0);
    client.socket.write('lost');
    const other = await dial();
    other.socket.write('whole');
    await other.hears('whole');
    proxy.heal();
    expect([client.closed, client.received]).toEqual([false, 'x']);
  });

  it.each<[string, (proxy: TcpProxy) => void]>([
    ['fine', () => undefined],
    ['stalled', (proxy) => proxy.stall()],
    ['partitioned', (proxy) => proxy.partition()],
    ['half-open', (proxy) => proxy.halfOpen()],
    ['slow', (proxy) => proxy.latency(60_000)],
  ])('stops when it is %s, twice, with bytes on the way', async (_, fault) => {
    const { proxy, dial } = await echoBehindProxy();
    const client = await dial();
    fault(proxy);
    client.socket.write('on the way');
    await Promise.all([proxy.stop(), proxy.stop()]);
    await until('the connection is cut', () => client.closed);
    expect(proxy.connections).toBe(0);
  });
});

describe('Redis behind it', () => {
  async function redisBehindProxy(): Promise<{ proxy: TcpProxy; redis: Redis; blocking: Redis; key: string }> {
    const server = await testRedis();
    const { url, prefix } = server;
    const { hostname, port } = new URL(url);
    const proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) }, clock });
    const through = new URL(url);
    through.port = String(proxy.port);
    const [redis, blocking] = await Promise.all([
      connectRedis({ url: through.href, log: silentLogger }),
      connectRedis({ url: through.href, log: silentLogger }),
    ]);
    onTestFinished(async () => {
      redis.disconnect();
      blocking.disconnect();
      await proxy.stop();
      await server.close();
    });
    return { proxy, redis, blocking, key: `{${prefix}}:list` };
  }

  it.each<[string, (proxy: TcpProxy) => void]>([
    ['a stall', (proxy) => proxy.stall()],
    ['a partition', (proxy) => proxy.partition()],
    ['a cut of half the connections', (proxy) => void proxy.cut(0.5)],
  ])('commands and blocking waits go on after %s', async (_, fault) => {
    const { proxy, redis, blocking, key } = await redisBehindProxy();
    const popped = blocking.blpop(key, 10);
    await redis.ping();
    fault(proxy);
    const pushed = redis.rpush(key, 'task');
    await clock.sleep(200);
    proxy.heal();
    expect(await pushed).toBeGreaterThanOrEqual(1);
    expect(await popped).toEqual([key, 'task']);
  });
});
