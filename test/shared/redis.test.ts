import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { SystemClock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { createLogger, silentLogger } from '#shared/log.ts';
import { connectPair, connectRedis } from '#shared/redis.ts';
import type { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy } from '../../chaos/proxy/tcp-proxy.ts';
import { startRedisUnderTest, type RedisUnderTest } from '../../chaos/redis/redis-under-test.ts';
import { freePort } from '../../local/free-port.ts';
import type { RedisProgram } from '../../local/redis/redis-program.ts';
import { makeCertificates, type Certificates } from '../support/certificates.ts';
import { redisProgram } from '../support/redis-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();
let program: RedisProgram;

beforeAll(async () => {
  program = await redisProgram();
});

type ServerOptions = Partial<Parameters<typeof startRedisUnderTest>[0]>;

async function startServer(options: ServerOptions = {}): Promise<RedisUnderTest> {
  const server = await startRedisUnderTest({ program, folder: temporaryFolder(), append: 'none', clock, ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function connect(url: string, answerWithinMs?: number): Promise<Redis> {
  const redis = await connectRedis({ url, log: silentLogger, ...(answerWithinMs !== undefined && { answerWithinMs }) });
  onTestFinished(() => redis.disconnect());
  return redis;
}

/** The error of a connection that cannot be made. */
async function refusal(url: string): Promise<FarmhandError> {
  const thrown = await connectRedis({ url, log: silentLogger, connectTimeoutMs: 2_000 }).then(
    (redis) => {
      redis.disconnect();
      return null;
    },
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(FarmhandError);
  return thrown as FarmhandError;
}

describe('user, password and database', () => {
  it('lets in who has them', async () => {
    const server = await startServer();
    const admin = await connect(server.url);
    await admin.call('ACL', 'SETUSER', 'me', 'on', '>p@ss/word:1', '~*', '+@all');
    const redis = await connect(`redis://me:${encodeURIComponent('p@ss/word:1')}@127.0.0.1:${server.port}/3`);
    await redis.set('key', 'in three');
    expect(await admin.get('key')).toBeNull();
    await admin.select(3);
    expect(await admin.get('key')).toBe('in three');
    expect(await redis.call('ACL', 'WHOAMI')).toBe('me');
  });

  it.each([
    ['a wrong password', 'redis://:hunter2@'],
    ['no password', 'redis://'],
    ['an unknown user', 'redis://nobody:hunter2@'],
  ])('refuses %s, and repeats it nowhere', async (_, start) => {
    const server = await startServer();
    const error = await refusal(`${start}127.0.0.1:${server.port}`);
    expect(error.code).toBe('REDIS_REFUSED');
    expect(error.message).toBe(
      `Redis at redis://127.0.0.1:${server.port} refuses the user or password; check REDIS_URL or the secret redis-url`,
    );
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
    let line = '';
    createLogger({ fn: 'x', level: 'info', write: (text) => (line += text) }).error({ error }, 'failed');
    expect(line).not.toContain('hunter2');
  });

  it('repeats none either when it is changed while we are connected', async () => {
    const server = await startServer();
    const [redis, admin] = [await connect(server.url), await connect(server.url)];
    await admin.config('SET', 'requirepass', 'another');
    const reconnecting = new Promise((resolve) => redis.once('reconnecting', resolve));
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await reconnecting;
    const waiting = redis.ping().catch((error: unknown) => error);
    const shown = inspect(await waiting, { depth: 10, showHidden: true });
    expect(shown).toContain('WRONGPASS');
    expect(shown).not.toContain(new URL(server.url).password);
  });
});

describe('TLS', () => {
  let files: Certificates;
  let server: RedisUnderTest;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'farmhand-tls-'));
    files = await makeCertificates(folder);
    server = await startRedisUnderTest({ program, folder: join(folder, 'redis'), append: 'none', clock, tls: files });
    return async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    };
  });

  it('connects to a server whose authority it is told', async () => {
    const redis = await connect(server.url);
    expect(server.url).toMatch(/^rediss:/);
    expect(await redis.ping()).toBe('PONG');
  });

  it('goes on after the server is killed and started again', async () => {
    const redis = await connect(server.url);
    await server.kill();
    const answer = redis.ping();
    await server.start();
    expect(await answer).toBe('PONG');
  });

  const at = (parameters: string, scheme = 'rediss'): string =>
    `${scheme}://:${new URL(server.url).password}@127.0.0.1:${server.port}${parameters}`;

  it.each<[string, () => string, string, RegExp]>([
    ['an authority that it is not told', () => at(''), 'REDIS_REFUSED', /not trusted .*; name the authority .*\?ca=/],
    ['a stranger', () => at(`?ca=${files.strangerCa}`), 'REDIS_REFUSED', /shows a certificate that is not trusted/],
    [
      'a certificate for another name',
      () => at(`?ca=${files.ca}&servername=redis.example`),
      'REDIS_REFUSED',
      /a certificate for another name .*\?servername=/,
    ],
    ['a server that wants TLS', () => at('', 'redis'), 'REDIS_UNREACHABLE', /does not answer/],
    ['a file that is not there', () => at('?ca=/nowhere/ca.pem'), 'CONFIG_INVALID', /its ca cannot be read: ENOENT/],
    ['a file that is no certificate', () => at(`?ca=${import.meta.filename}`), 'CONFIG_INVALID', /is no PEM file/],
  ])('refuses %s', async (_, url, code, message) => {
    const error = await refusal(url());
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(new URL(server.url).password);
  });

  it('says so when the server speaks none', async () => {
    const plain = await startServer();
    const error = await refusal(`rediss://127.0.0.1:${plain.port}?ca=${files.ca}`);
    expect([error.code, error.message]).toEqual([
      'REDIS_UNREACHABLE',
      expect.stringContaining('does it speak TLS on that port'),
    ]);
  });

  it('shows its own certificate where the server wants one', async () => {
    const { ca, cert, key } = files;
    const port = await freePort();
    const listens = [`tls-port ${port}`, `tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`];
    const strict = await startServer({ settings: [...listens, 'tls-auth-clients yes'] });
    const login = `rediss://:${new URL(strict.url).password}@127.0.0.1:${port}`;
    const redis = await connect(`${login}?ca=${ca}&cert=${cert}&key=${key}`);
    expect(await redis.ping()).toBe('PONG');
    const error = await refusal(`${login}?ca=${ca}`);
    // Whether the server's alert comes before its reset is a race in the network.
    expect(error.code).toMatch(/^REDIS_(REFUSED|UNREACHABLE)$/);
    expect(error.message).toMatch(/certificate.*\?cert=\/path&key=\/path/);
  });
});

describe('a server that is no primary any more', () => {
  it.each<[string, (redis: Redis) => Promise<unknown>]>([
    ['a write', (redis) => redis.set('key', 'written')],
    ['a script', (redis) => redis.eval("return redis.call('SET', KEYS[1], 'written')", 1, 'key')],
    ['a pipeline', (redis) => redis.pipeline().set('key', 'written').get('key').exec()],
  ])('%s waits until it is one again', async (_, write) => {
    const server = await startServer();
    const [redis, admin] = [await connect(server.url), await connect(server.url)];
    await admin.replicaof('127.0.0.1', String(await freePort()));
    const sentAway = new Promise((resolve) => redis.once('reconnecting', resolve));
    const written = write(redis);
    await sentAway;
    await admin.replicaof('NO', 'ONE');
    await written;
    expect(await redis.get('key')).toBe('written');
  });

  it('a blocking wait goes on', async () => {
    const server = await startServer();
    const [blocking, admin] = [await connect(server.url), await connect(server.url)];
    const popped = blocking.blpop('list', 10);
    await until('it is blocked', async () => (await admin.info('clients')).includes('blocked_clients:1'));
    await admin.replicaof('127.0.0.1', String(await freePort()));
    await admin.replicaof('NO', 'ONE');
    await admin.rpush('list', 'here');
    expect(await popped).toEqual(['list', 'here']);
  });

  it('nor does one take writes that misses its replicas', async () => {
    const server = await startServer({ settings: ['min-replicas-to-write 1'] });
    const [redis, admin] = [await connect(server.url), await connect(server.url)];
    const sentAway = new Promise((resolve) => redis.once('reconnecting', resolve));
    const written = redis.set('key', 'written');
    await sentAway;
    expect(await admin.get('key')).toBeNull();
    await admin.config('SET', 'min-replicas-to-write', '0');
    expect(await written).toBe('OK');
  });
});

it('a connection that swallows everything is given up, and its commands are sent again', async () => {
  const server = await startServer();
  const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: server.port }, clock });
  onTestFinished(() => proxy.stop());
  const [redis, blocking] = [
    await connect(server.urlAt(proxy.port), 500),
    await connect(server.urlAt(proxy.port), 500),
  ];
  const popped = blocking.blpop('list', 0.3);
  expect(await popped).toBeNull();
  proxy.halfOpen();
  const again = blocking.blpop('list', 0.4);
  expect(await redis.rpush('list', 'here')).toBe(1);
  expect(await again).toEqual(['list', 'here']);
});

it('of two connections there are both or neither', async () => {
  const server = await startServer({ settings: ['maxclients 1'] });
  const pair = connectPair({ url: server.url, log: silentLogger });
  await expect(pair).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
  await until('the one that was made is closed', async () => {
    const redis = await connectRedis({ url: server.url, log: silentLogger }).catch(() => null);
    redis?.disconnect();
    return redis !== null;
  });
});
