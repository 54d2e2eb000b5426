import { Redis } from 'ioredis';
import { parseConfig } from '#shared/config.ts';
import { dispatchOrders } from '#shared/queue/lane-rule.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { queueContract } from '../../contract/queue.ts';
import { testRedis } from '../../support/redis.ts';

for (const dispatch of dispatchOrders) {
  queueContract(`redis, ${dispatch}`, async () => {
    const server = await testRedis();
    const redis = new Redis(server.url);
    const blocking = new Redis(server.url);
    const yaml = `{farm: ${server.prefix}, queue: {maxAttempts: 3, dispatch: ${dispatch}}}`;
    const config = parseConfig(yaml, { file: 'test', environment: {} });
    const farm = openRedisFarm({ redis, blocking, config, client: 'test' });
    return {
      ...farm,
      // Redis TIME cannot be moved, so the leases are.
      async expireLeases() {
        for (const id of await redis.zrange(farm.keys.lease, '0', '-1')) await redis.zadd(farm.keys.lease, '1', id);
      },
      async close() {
        redis.disconnect();
        blocking.disconnect();
        await server.close();
      },
    };
  });
}
