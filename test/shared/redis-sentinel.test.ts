import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRedisWithReplica, type RedisWithReplica } from '../../chaos/redis/redis-with-replica.ts';
import { freePort } from '../../local/free-port.ts';
import { makeCertificates, type Certificates } from '../support/certificates.ts';
import { redisProgram } from '../support/redis-program.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();
let pair: RedisWithReplica;
let files: Certificates;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
  files = await makeCertificates(folder);
  const { ca, cert, key } = files;
  const program = await redisProgram();
  pair = await startRedisWithReplica({ program, folder, append: 'none', clock, sentinels: 1, tls: { ca, cert, key } });
  return async () => {
    await pair.stop();
    rmSync(folder, { recursive: true, force: true });
  };
});

describe('Redis behind Sentinel and TLS', () => {
  it('is found by its name, whichever of the Sentinels answers', async () => {
    const dead = await freePort();
    const redis = await connectRedis({ url: pair.url.replace('@', `@127.0.0.1:${dead},`), log: silentLogger });
    expect(await redis.info('replication')).toContain('role:master');
    redis.disconnect();
  });

  it.each<[string, (url: string) => string, string, RegExp]>([
    [
      'no Sentinel answers',
      (url) => url.replace(/@127\.0\.0\.1:\d+/, '@127.0.0.1:1'),
      'REDIS_UNREACHABLE',
      /^Redis at rediss\+sentinel:\/\/127\.0\.0\.1:1\/farm does not answer/,
    ],
    [
      'they know no such primary',
      (url) => url.replace('/farm?', '/other?'),
      'REDIS_UNREACHABLE',
      /: its Sentinels know no primary of that name/,
    ],
    [
      'they refuse us',
      (url) => url.replace(/sentinel-password=[^&]{5}/, 'sentinel-password=wrong'),
      'REDIS_REFUSED',
      /: the Sentinels refuse their user or password; check sentinel-password/,
    ],
    [
      'the primary refuses us',
      (url) => url.replace(/:[^:@]{6}([^:@]*)@/, ':wrong$1@'),
      'REDIS_REFUSED',
      / refuses the user or password; check REDIS_URL/,
    ],
    [
      'they are not who they should be',
      (url) => url.replace(encodeURIComponent(files.ca), encodeURIComponent(files.strangerCa)),
      'REDIS_UNREACHABLE',
      /did \?ca= sign its certificate/,
    ],
  ])('says so when %s', async (_, change, code, message) => {
    const url = change(pair.url);
    expect(url).not.toBe(pair.url);
    const error = await connectRedis({ url, log: silentLogger, connectTimeoutMs: 2_000 }).then(
      () => null,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    for (const secret of [/:([^:@]+)@/, /sentinel-password=([^&]+)/].map((part) => part.exec(url)![1]!)) {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
    }
  });

  it('leaves nothing open when it is given up, not even while it looks for a primary', async () => {
    const ours = async (): Promise<string> => String(await sentinel.call('CLIENT', 'LIST', 'TYPE', 'pubsub'));
    const [, , sentinelPort] = /@([\d.]+):(\d+)/.exec(pair.url)!;
    const password = /:([^:@]+)@/.exec(pair.url)![1]!;
    const sentinel = await connectRedis({
      url: `rediss://:${password}@127.0.0.1:${sentinelPort!}?ca=${encodeURIComponent(files.ca)}`,
      log: silentLogger,
    });
    onTestFinished(() => sentinel.disconnect());
    const before = (await ours()).split('\n').length;
    const redis = await connectRedis({ url: pair.url, log: silentLogger });
    await until('it listens', async () => (await ours()).split('\n').length === before + 1);
    const away = new Promise((resolve) => redis.once('reconnecting', resolve));
    redis.disconnect(true);
    await away;
    redis.disconnect();
    await until('it is gone', async () => (await ours()).split('\n').length === before);
  });
});
