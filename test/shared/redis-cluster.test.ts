import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRedisUnderTest, type RedisUnderTest } from '../../chaos/redis/redis-under-test.ts';
import { freePort } from '../../local/free-port.ts';
import { redisProgram } from '../support/redis-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();

/** Two nodes, half of the slots each; they have one password, as clusters do. */
async function startCluster(): Promise<{ nodes: [RedisUnderTest, RedisUnderTest]; admins: [Redis, Redis] }> {
  const program = await redisProgram();
  const node = async (): Promise<{ server: RedisUnderTest; admin: Redis }> => {
    const settings = ['cluster-enabled yes', 'cluster-node-timeout 1000', `cluster-port ${await freePort()}`];
    const common = { program, append: 'always', clock, password: 'shared' } as const;
    const server = await startRedisUnderTest({ ...common, folder: temporaryFolder(), settings });
    onTestFinished(() => server.stop());
    const admin = await connectRedis({ url: server.url, log: silentLogger });
    onTestFinished(() => admin.disconnect());
    return { server, admin };
  };
  const [one, two] = [await node(), await node()];
  await one.admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await two.admin.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  const [, bus] = /@(\d+)/.exec(String(await two.admin.call('CLUSTER', 'NODES')))!;
  await one.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(two.server.port), bus!);
  for (const { admin } of [one, two]) {
    await until('the cluster is whole', async () =>
      /cluster_state:ok[^]*cluster_known_nodes:2/.test(String(await admin.call('CLUSTER', 'INFO'))),
    );
  }
  return { nodes: [one.server, two.server], admins: [one.admin, two.admin] };
}

describe('Redis Cluster', () => {
  it("the connection moves to the node that has the farm's slot, from whichever node it starts", async () => {
    const { nodes, admins } = await startCluster();
    const [list, other] = ['{farm}:list', '{farm}:other'];
    const slot = Number(await admins[0].call('CLUSTER', 'KEYSLOT', list));
    const owner = slot < 8192 ? 0 : 1;
    const url = nodes[1 - owner]!.url;

    const redis = await connect(url);
    const blocking = await connect(url);
    const popped = blocking.blpop(list, other, 10);
    expect(await redis.rpush(list, 'here')).toBe(1);
    expect(await popped).toEqual([list, 'here']);
    const script = "redis.call('RPUSH', KEYS[1], 'x') return redis.call('RPUSH', KEYS[2], 'x')";
    expect(await redis.eval(script, 2, list, other)).toBe(1);
    expect(await redis.pipeline().llen(list).llen(other).exec()).toEqual([
      [null, 1],
      [null, 1],
    ]);

    // Its node goes: the connection asks where the URL leads, is sent to the node again, and waits for it.
    await nodes[owner].kill();
    const length = redis.llen(list);
    await clock.sleep(500);
    await nodes[owner].start();
    expect(await length).toBe(1);
  });
});

async function connect(url: string): Promise<Redis> {
  const redis = await connectRedis({ url, log: silentLogger });
  onTestFinished(() => redis.disconnect());
  return redis;
}
