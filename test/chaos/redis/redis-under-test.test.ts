import { readFileSync } from 'node:fs';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { redisScript, runScript } from '#shared/redis-script.ts';
import { connectRedis } from '#shared/redis.ts';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRedisUnderTest, type AppendMode, type RedisUnderTest } from '../../../chaos/redis/redis-under-test.ts';
import { identify, isAlive } from '../../../local/process-identity.ts';
import type { RedisProgram } from '../../../local/redis/redis-program.ts';
import { redisProgram } from '../../support/redis-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

const clock = new SystemClock();
let program: RedisProgram;

beforeAll(async () => {
  program = await redisProgram();
});

async function start(append: AppendMode): Promise<{ server: RedisUnderTest; redis: Redis }> {
  const server = await startRedisUnderTest({ program, folder: temporaryFolder(), append, clock });
  onTestFinished(() => server.stop());
  const redis = await connectRedis({ url: server.url, log: silentLogger });
  onTestFinished(() => redis.disconnect());
  return { server, redis };
}

describe('killed and started again', () => {
  it.each<[AppendMode, string | null]>([
    ['always', 'kept'],
    ['none', null],
  ])('with the append-only file %s it answers %s', async (append, expected) => {
    const { server, redis } = await start(append);
    await redis.set('key', 'kept');
    await server.kill();
    expect(server.pid).toBeNull();
    const answer = redis.get('key');
    await server.start();
    expect(await answer).toBe(expected);
  });

  it('with everysec it keeps what the disk has', async () => {
    const { server, redis } = await start('everysec');
    await redis.set('key', 'kept');
    await until('it is on disk', async () => (await redis.info('persistence')).includes('aof_pending_bio_fsync:0'));
    await server.kill();
    await server.start();
    expect(await redis.get('key')).toBe('kept');
  });

  it('serves at the same URL', async () => {
    const { server } = await start('none');
    const before = server.url;
    await server.kill();
    await server.start();
    await server.start();
    expect(server.url).toBe(before);
    expect(server.urlAt(server.port)).toBe(before);
  });
});

it('a paused server answers when it is resumed, and the connection stands', async () => {
  const { server, redis } = await start('none');
  const id = await redis.client('ID');
  server.pause();
  let answered = false;
  const answer = redis.ping().then((pong) => {
    answered = true;
    return pong;
  });
  await clock.sleep(100);
  expect(answered).toBe(false);
  server.resume();
  expect(await answer).toBe('PONG');
  expect(await redis.client('ID')).toBe(id);
});

it.each<[AppendMode, string]>([
  ['always', '1'],
  ['none', '0'],
])('rewrites its append-only file, if any (%s)', async (append, rewrites) => {
  const { server, redis } = await start(append);
  await redis.set('key', 'value');
  await server.rewriteAppendOnlyFile();
  expect(await redis.info('persistence')).toContain(`aof_rewrites:${rewrites}`);
  expect(await redis.get('key')).toBe('value');
});

it('a server without its scripts is sent them again', async () => {
  const { server, redis } = await start('none');
  const script = redisScript('return 7');
  const run = (): Promise<unknown> => runScript(redis, script, { keys: [], args: [] });
  expect(await run()).toBe(7);
  expect(await redis.script('EXISTS', script.sha)).toEqual([1]);
  await server.flushScripts();
  expect(await redis.script('EXISTS', script.sha)).toEqual([0]);
  expect(await run()).toBe(7);
});

it('a slow script holds everybody up', async () => {
  const { server, redis } = await start('none');
  await redis.config('SET', 'latency-monitor-threshold', '50');
  await Promise.all([server.runSlowScript(300), redis.ping()]);
  // [event, when, latest ms, most ms]: half, because the processor is shared.
  const [latency] = (await redis.call('LATENCY', 'LATEST')) as [string, number, number, number][];
  expect(latency?.[0]).toBe('command');
  expect(latency?.[3]).toBeGreaterThanOrEqual(150);
});

it('a squeezed server refuses what adds data, answers the rest, and takes all when it is released', async () => {
  const { server, redis } = await start('none');
  await redis.rpush('list', 'a', 'b');
  await server.squeezeMemory();
  await expect(redis.rpush('list', 'c')).rejects.toThrow(/^OOM /);
  expect(await redis.lrange('list', 0, -1)).toEqual(['a', 'b']);
  expect(await redis.lpop('list')).toBe('a');
  await server.releaseMemory();
  expect(await redis.rpush('list', 'c')).toBe(2);
});

it('clients whose connections it kills go on, blocked ones as well', async () => {
  const { server, redis } = await start('none');
  const blocking = await connectRedis({ url: server.url, log: silentLogger });
  onTestFinished(() => blocking.disconnect());
  const popped = blocking.blpop('list', 10);
  await until('it is blocked', async () => (await redis.info('clients')).includes('blocked_clients:1'));
  expect(await server.killClients()).toBe(2);
  await redis.rpush('list', 'here');
  expect(await popped).toEqual(['list', 'here']);
});

it.each<[string, (server: RedisUnderTest) => unknown]>([
  ['up', () => undefined],
  ['paused', (server) => server.pause()],
  ['killed', (server) => server.kill()],
  ['short of memory', (server) => server.squeezeMemory()],
])('stops when it is %s, twice, and leaves no process', async (_, fault) => {
  const { server } = await start('everysec');
  const identity = identify(server.pid!)!;
  await fault(server);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  expect(isAlive(identity)).toBe(false);
  expect(server.pid).toBeNull();
});

it('keeps its password out of its arguments', async () => {
  const { server } = await start('none');
  if (process.platform !== 'linux') return;
  expect(readFileSync(`/proc/${server.pid!}/cmdline`, 'utf8')).not.toContain(new URL(server.url).password);
});
