import { createServer } from 'node:net';
import { silentLogger, type Logger } from '#shared/log.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../local/free-port.ts';
import { checkGivenRedis } from '../../../local/redis/given-redis.ts';
import { testRedis } from '../../support/redis.ts';

/** Answers each command by `replies` (upper-case name → RESP), for a server that no test machine has. */
async function fakeRedis(replies: Record<string, string>): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const [, name = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        socket.write(replies[name.toUpperCase()] ?? '-ERR unknown command\r\n');
      }
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return `redis://127.0.0.1:${port}`;
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

describe('checkGivenRedis', () => {
  it('accepts a Redis that runs, and writes nothing to it', async () => {
    const { url } = await testRedis();
    await expect(checkGivenRedis(url, silentLogger)).resolves.toBeUndefined();
  });

  it('says REDIS_REFUSED for a wrong password, and does not show it', async () => {
    const { url } = await testRedis();
    const wrong = new URL(url);
    wrong.password = 'not-the-password';
    await expect(checkGivenRedis(wrong.href, silentLogger)).rejects.toMatchObject({
      code: 'REDIS_REFUSED',
      message: expect.not.stringContaining('not-the-password') as string,
    });
  });

  it('says REDIS_REFUSED where a password is needed and none is given', async () => {
    const { url } = await testRedis();
    const none = new URL(url);
    none.password = '';
    await expect(checkGivenRedis(none.href, silentLogger)).rejects.toMatchObject({ code: 'REDIS_REFUSED' });
  });

  it('says REDIS_UNREACHABLE where nothing listens', async () => {
    const url = `redis://:secret@127.0.0.1:${await freePort()}`;
    await expect(checkGivenRedis(url, silentLogger)).rejects.toMatchObject({
      code: 'REDIS_UNREACHABLE',
      message: expect.not.stringContaining('secret') as string,
    });
  });

  it.each(['localhost:6379', 'http://localhost:6379', '/run/redis.sock', ''])(
    'says CONFIG_INVALID for %j, which is not a URL of Redis',
    async (url) => {
      await expect(checkGivenRedis(url, silentLogger)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    },
  );

  it('says REDIS_REFUSED for a version that is too old', async () => {
    const info = bulk('redis_version:6.0.16\r\nloading:0\r\n');
    const url = await fakeRedis({ HELLO: '%0\r\n', INFO: info, CLIENT: '+OK\r\n' });
    await expect(checkGivenRedis(url, silentLogger)).rejects.toMatchObject({
      code: 'REDIS_REFUSED',
      message: expect.stringContaining('version 6.0.16') as string,
    });
  });

  it.each([
    ['drops keys', 'maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n', 'maxmemory-policy'],
    ['keeps no file', 'maxmemory:0\r\nmaxmemory_policy:noeviction\r\naof_enabled:0\r\n', 'appendonly'],
  ])('warns about a Redis that %s', async (_, facts, setting) => {
    const info = bulk(`redis_version:7.2.0\r\nloading:0\r\n${facts}`);
    const url = await fakeRedis({ HELLO: '%0\r\n', INFO: info, CLIENT: '+OK\r\n' });
    const warnings: string[] = [];
    const log: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
    await checkGivenRedis(url, log);
    expect(warnings).toEqual([expect.stringContaining(setting)]);
  });
});
