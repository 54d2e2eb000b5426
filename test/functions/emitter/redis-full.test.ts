import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { parseConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm, type RedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import { Sfc32 } from '#shared/rng.ts';
import Fastify from 'fastify';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRedisUnderTest, type RedisUnderTest } from '../../../chaos/redis/redis-under-test.ts';
import { addRunRoutes } from '../../../functions/emitter/run-routes.ts';
import { RunStore } from '../../../functions/emitter/run-store.ts';
import { assemble } from '../../../scripts/assemble.ts';
import { redisProgram } from '../../support/redis-program.ts';
import { until } from '../../support/until.ts';
import { FunctionProcess, type Answer } from '../../template/function-process.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const clock = new SystemClock();
const config = parseConfig('', { file: 'test', environment: {} });

describe('the emitter while Redis has no memory left', () => {
  let server: RedisUnderTest;
  let emitter: FunctionProcess;
  let redis: Redis;
  let farm: RedisFarm;
  beforeAll(async () => {
    assemble({ root, functions: ['emitter'] });
    const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
    const program = await redisProgram();
    server = await startRedisUnderTest({ program, folder, append: 'none', clock });
    writeFileSync(join(folder, 'redis-url'), server.url);
    writeFileSync(join(folder, 'farm-token'), 'token');
    emitter = new FunctionProcess(join(root, 'build', 'emitter'), {
      FARM_FUNCTION: 'emitter',
      FARM_SECRETS_DIR: folder,
    });
    redis = await connectRedis({ url: server.url, log: silentLogger });
    farm = openRedisFarm({ redis, config, client: 'test' });
    await until('the emitter is ready', async () => (await emitter.request('/_/ready')).status === 200);
    return async () => {
      await emitter[Symbol.asyncDispose]();
      redis.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true });
    };
  });

  async function post(path: string, body: unknown): Promise<Answer> {
    const headers = { authorization: 'Bearer token', 'content-type': 'application/json' };
    return await emitter.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  const blobBase64 = Buffer.from('bytes of it').toString('base64');
  it.each([
    ['tasks', '/tasks', [{ id: 'plain', kind: 'calibrated' }]],
    ['a task with bytes of its own', '/tasks', [{ id: 'with-bytes', kind: 'calibrated', blobBase64 }]],
    ['a run', '/runs', { workload: 'quick' }],
  ])('refuses %s as something that passes, has nothing of it, and takes it afterwards', async (_, path, body) => {
    await server.squeezeMemory();
    const refused = await post(path, body);
    expect(refused).toMatchObject({
      status: 503,
      body: { error: { code: 'REDIS_FULL', message: expect.stringContaining('nothing was accepted') as string } },
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    for (const { id } of Array.isArray(body) ? body : [])
      expect(await farm.archive.find(id)).toEqual({ state: 'unknown' });
    expect((await emitter.request('/runs')).body).toEqual({ runs: [] });
    await server.releaseMemory();
    expect(await post(path, body)).toMatchObject({ status: 202 });
  });

  it('forgets a run whose phases it refuses', async () => {
    const app = Fastify();
    const runs = new RunStore({ redis, keys: farm.keys });
    const before = await runs.list();
    const submit = async (): Promise<never> => {
      expect(await runs.list()).toHaveLength(before.length + 1);
      throw new Error('OOM command not allowed');
    };
    addRunRoutes(app, {
      ...{ config, clock, runs, rng: new Sfc32('runs') },
      inbox: Object.assign(farm.inbox, { submit }),
      authorise: async () => undefined,
      onStopped: async () => undefined,
    });
    expect(await app.inject({ method: 'POST', url: '/runs', payload: { workload: 'quick' } })).toMatchObject({
      statusCode: 500,
    });
    expect(await runs.list()).toEqual(before);
  });
});
