import { Redis } from 'ioredis';
import { parseConfig } from '#shared/config.ts';
import { dispatchOrders } from '#shared/queue/lane-rule.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { queueContract } from '../../contract/queue.ts';
import { expireLeases } from '../../support/hands.ts';
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
      expireLeases: () => expireLeases(redis, farm.keys),
      async close() {
        redis.disconnect();
        blocking.disconnect();
        await server.close();
      },
    };
  });
}
