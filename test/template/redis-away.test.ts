import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RedisServer } from '../../chaos/redis/redis-server.ts';
import { freePort } from '../../local/free-port.ts';
import { assemble } from '../../scripts/assemble.ts';
import { redisProgram } from '../support/redis-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { FunctionProcess } from './function-process.ts';

const root = join(import.meta.dirname, '..', '..');
const functions = ['emitter', 'worker', 'collector', 'autoscaler'] as const;
type FunctionName = (typeof functions)[number];

beforeAll(() => {
  assemble({ root, functions: [...functions] });
});

/** A server that does not run yet. */
async function redisToBe(): Promise<RedisServer> {
  const folder = temporaryFolder();
  const server = new RedisServer({
    program: await redisProgram(),
    folder,
    logFile: join(folder, 'redis.log'),
    port: await freePort(),
    password: 'hunter2',
    clock: new SystemClock(),
    settings: ['appendonly no'],
  });
  onTestFinished(() => server.stop());
  return server;
}

const TOKEN = 'a secret of this test';

function start(name: FunctionName, redisUrl: string | null, settings: Record<string, string> = {}): FunctionProcess {
  const secrets = join(temporaryFolder(), 'secrets');
  mkdirSync(secrets);
  if (redisUrl !== null) writeFileSync(join(secrets, 'redis-url'), redisUrl);
  for (const secret of ['farm-token', 'basic-auth-user', 'basic-auth-password'])
    writeFileSync(join(secrets, secret), TOKEN);
  return new FunctionProcess(join(root, 'build', name), {
    FARM_FUNCTION: name,
    FARM_SECRETS_DIR: secrets,
    FARM_GATEWAY_URL: 'http://127.0.0.1:9',
    ...settings,
    NODE_COMPILE_CACHE: join(root, '.farmhand', 'compile-cache'),
  });
}

describe('while Redis is away', () => {
  it.each(functions)('%s starts, says why it is not ready, and is when Redis comes', async (name) => {
    const server = await redisToBe();
    await using fn = start(name, server.url);
    const why = expect.stringMatching(
      /^Redis at redis:\/\/127\.0\.0\.1:\d+ does not answer \(.*ECONNREFUSED/,
    ) as string;
    const notReady = await until('it says why', async () => {
      const answer = await fn.request('/_/ready');
      return JSON.stringify(answer.body).includes('Redis') ? answer : null;
    });
    expect(notReady).toMatchObject({ status: 503, body: { ready: false, why } });
    expect(await fn.request('/_/health')).toMatchObject({ status: 200 });
    await server.start();
    await until('it is ready', async () => (await fn.request('/_/ready')).status === 200, 20_000);
    expect(fn.lines.filter(({ code }) => code === 'REDIS_UNREACHABLE')).toHaveLength(1);
    expect(fn.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(JSON.stringify(fn.lines)).not.toContain('hunter');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s', async (signal) => {
    await using fn = start('emitter', `redis://:hunter2@127.0.0.1:${await freePort()}`);
    await until('it waits', () => fn.lines.some(({ code }) => code === 'REDIS_UNREACHABLE'));
    fn.child.kill(signal);
    expect(await fn.ended).toEqual({ code: 0, signal: null });
  });
});

it.each(['emitter', 'collector'] as const)('%s ends in order when Redis has gone', async (name) => {
  const server = await redisToBe();
  await server.start();
  await using fn = start(name, server.url);
  await until('it is ready', async () => (await fn.request('/_/ready')).status === 200, 20_000);
  await server.kill();
  await fn.logged('Redis does not answer; commands wait until it is back');
  fn.child.kill('SIGTERM');
  expect(await fn.ended).toEqual({ code: 0, signal: null });
});

it('autoscaler, with a training in hand, ends in order when Redis has gone, long before its grace is over', async () => {
  const server = await redisToBe();
  await server.start();
  await using fn = start('autoscaler', server.url, { FARM_WORKER_GRACES: '3600' });
  await until('it is ready', async () => (await fn.request('/_/ready')).status === 200, 20_000);
  const asked = await fn.request('/train', {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ agent: 'sarsa', workload: 'quick', maxSteps: 5, episodes: 100_000 }),
  });
  const { runId } = asked.body as { runId: string };
  await until('it is at work', async () => {
    const { progress } = (await fn.request(`/runs/${runId}`)).body as { progress: { done: number } };
    return progress.done > 0;
  });
  await server.kill();
  await fn.logged('Redis does not answer; commands wait until it is back');
  fn.child.kill('SIGTERM');
  expect(await fn.ended).toEqual({ code: 0, signal: null });
});

describe('what only people can mend', () => {
  it.each<[string, (right: string) => string | null, string, RegExp]>([
    [
      'a wrong password',
      (right) => right.replace('hunter2', 'hunter3'),
      'REDIS_REFUSED',
      /refuses the user or password/,
    ],
    ['no password', (right) => right.replace(':hunter2@', ''), 'REDIS_REFUSED', /refuses the user or password/],
    ['no URL', () => null, 'CONFIG_INVALID', /no Redis: expected its URL in the secret redis-url/],
    ['a URL that is none', () => 'localhost', 'CONFIG_INVALID', /it has no scheme/],
  ])('ends the start with one clear line: %s', async (_, change, code, message) => {
    const server = await redisToBe();
    await server.start();
    await using fn = start('emitter', change(server.url));
    expect(await fn.ended).toEqual({ code: 1, signal: null });
    expect(fn.lines.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    ]);
  });
});
