import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { redisModelKeys } from '#autoscaler/model-store/redis-model-keys.ts';
import { redisModelStore } from '#autoscaler/model-store/redis-models.ts';
import { VirtualClock } from '#shared/clock.ts';
import { modelStoreContract } from '../../contract/model-store.ts';
import { testRedis, type TestRedis } from '../../support/redis.ts';
import { modelToStore } from '../support/stored-models.ts';

const clock = new VirtualClock();
let redis: Redis;
const farms: TestRedis[] = [];

beforeAll(async () => {
  redis = new Redis(inject('redisUrl'));
});

afterAll(async () => {
  redis.disconnect();
  for (const farm of farms) await farm.close();
});

async function ownFarm(): Promise<string> {
  const farm = await testRedis();
  farms.push(farm);
  return farm.prefix;
}

modelStoreContract('Redis', async (caps) => {
  const name = await ownFarm();
  const beside = () => redisModelStore({ redis, farm: name, clock, caps });
  return {
    store: beside(),
    beside,
    async damage(id) {
      const { files } = redisModelKeys(name);
      const text = (await redis.hget(files, id)) ?? '';
      await redis.hset(files, id, text.replace('"weights":"', '"weights":"A'));
    },
  };
});

test('a pruned model leaves nothing behind', async () => {
  const name = await ownFarm();
  const store = redisModelStore({
    redis,
    farm: name,
    clock,
    caps: { maxBytes: 100_000, maxModels: 2, maxUnpromoted: 2 },
  });
  for (let seed = 0; seed < 4; seed += 1) await store.put(modelToStore('sarsa', seed));
  const kept = (await store.list()).map(({ id }) => id);
  expect((await redis.hkeys(redisModelKeys(name).files)).sort()).toEqual(kept.sort());
});
