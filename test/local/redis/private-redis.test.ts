import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../../local/free-port.ts';
import { identify, isAlive } from '../../../local/process-identity.ts';
import { startPrivateRedis, type PrivateRedis } from '../../../local/redis/private-redis.ts';
import { launchRedis, stopLeftover } from '../../../local/redis/redis-process.ts';
import { redisProgram } from '../../support/redis-program.ts';
import type { RedisProgram } from '../../../local/redis/redis-program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

const clock = new SystemClock();
let program: RedisProgram;

beforeAll(async () => {
  program = await redisProgram();
});

async function start(folder: string): Promise<PrivateRedis> {
  const logFile = join(folder, 'redis.log');
  const server = await startPrivateRedis({ program, folder: join(folder, 'data'), logFile, clock, log: silentLogger });
  onTestFinished(() => server.stop());
  return server;
}

function connect(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

describe('a private Redis', () => {
  it('listens on the loopback interface only, asks for its password, and refuses what does not fit', async () => {
    const server = await start(temporaryFolder());
    const client = connect(server.url);
    const reply = z.array(z.string()).parse(await client.call('CONFIG', 'GET', '*'));
    const setting = (name: string): string | undefined => reply[reply.indexOf(name) + 1];
    expect(['bind', 'appendonly', 'appendfsync', 'save', 'maxmemory-policy'].map(setting)).toEqual([
      '127.0.0.1',
      'yes',
      'everysec',
      '',
      'noeviction',
    ]);

    const stranger = new Redis(server.url.replace(/:[^:@]+@/, ':wrong@'), {
      lazyConnect: true,
      retryStrategy: () => null,
    });
    stranger.on('error', () => undefined);
    await expect(stranger.connect().then(() => stranger.ping())).rejects.toThrow(/WRONGPASS|NOAUTH|closed/);
  });

  it('keeps its password out of its arguments and of every file', async () => {
    const folder = temporaryFolder();
    const server = await start(folder);
    const password = new URL(server.url).password;
    expect(password.length).toBeGreaterThanOrEqual(32);
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${server.pid!}/cmdline`, 'utf8')).not.toContain(password);
      expect(readFileSync(`/proc/${server.pid!}/environ`, 'utf8')).not.toContain(password);
    }
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (statSync(join(folder, file)).isFile())
        expect(readFileSync(join(folder, file), 'latin1')).not.toContain(password);
    }
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  });

  it('has its data again after stop and start', async () => {
    const folder = temporaryFolder();
    const first = await start(folder);
    const client = connect(first.url);
    await client.rpush('list', 'a', 'b');
    client.disconnect();
    await first.stop();
    expect(first.pid).toBeNull();

    const second = await start(folder);
    expect(second.url).not.toBe(first.url);
    expect(await connect(second.url).lrange('list', 0, -1)).toEqual(['a', 'b']);
  });

  it('is restarted at the same URL with its data when it is killed, and clients go on', async () => {
    const server = await start(temporaryFolder());
    const client = connect(server.url);
    await client.set('written', 'before');
    // everysec: what was written a second ago is on disk; wait for the disk, not for the time.
    await until('the write is in the file', async () => {
      const info = await client.info('persistence');
      return info.includes('aof_pending_bio_fsync:0');
    });
    const killed = server.pid!;
    process.kill(killed, 'SIGKILL');
    await until('another process serves', () => server.pid !== null && server.pid !== killed);
    expect(await client.get('written')).toBe('before');
  });

  it('takes over from a server that a killed farm left running on the folder', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const logFile = join(folder, 'redis.log');
    mkdirSync(data);
    // Launched and never supervised: what is left when its farm is gone.
    const leftover = launchRedis({ program, folder: data, logFile, port: await freePort(), password: 'left', clock });
    onTestFinished(() => leftover.stop());
    await until('it has its files', () => existsSync(join(data, 'appendonlydir')));

    const next = await start(folder);
    expect(isAlive(leftover.identity)).toBe(false);
    expect(await connect(next.url).ping()).toBe('PONG');
  });

  it('stops when it is asked to twice, and leaves no process', async () => {
    const server = await start(temporaryFolder());
    const identity = identify(server.pid!)!;
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(isAlive(identity)).toBe(false);
  });

  it('says where to look when it cannot start', async () => {
    const folder = temporaryFolder();
    const options = { folder: join(folder, 'data'), logFile: join(folder, 'redis.log'), clock, log: silentLogger };
    const broken = { command: '/bin/false', version: '7.0.0', env: {} };
    await expect(startPrivateRedis({ ...options, program: broken })).rejects.toThrow(
      /ended \(exit code 1\).*redis\.log/,
    );
  });
});

describe('stopLeftover', () => {
  it('does nothing where nothing was left', async () => {
    await expect(stopLeftover(temporaryFolder(), clock)).resolves.toBeUndefined();
  });
});
