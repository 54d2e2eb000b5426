import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import { freePort } from '../../local/free-port.ts';
import { redisProgram } from '../support/redis-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/** A real server on a configuration of kind/redis, whose folders are put below `folder`. */
async function serve(configuration: string, folder: string): Promise<{ port: number; log: () => string }> {
  const port = await freePort();
  const text = readFileSync(configuration, 'utf8')
    .replaceAll('/etc/redis-', `${folder}/redis-`)
    .replace('dir /data', `dir ${folder}`)
    .replace('bind * -::*', 'bind 127.0.0.1')
    .replace('tls-port 6379', `tls-port ${port}`);
  const file = join(folder, 'redis.conf');
  writeFileSync(file, text.includes('tls-port') ? text : `${text}port ${port}\n`);
  const program = await redisProgram();
  const child = spawn(program.command, [file], { env: program.env, argv0: 'redis-server' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (log += part));
  await until('Redis is ready', () => {
    if (child.exitCode !== null) throw new Error(log);
    return log.includes('Ready to accept connections');
  });
  return { port, log: () => log };
}

function givePassword(folder: string, password: string): void {
  mkdirSync(join(folder, 'redis-secret'));
  writeFileSync(join(folder, 'redis-secret', 'auth.conf'), `requirepass ${password}\n`);
}

/** As a function connects, with the URL of its secret. */
async function settingsSeenBy(url: string): Promise<Record<string, string>> {
  const redis = await connectRedis({ url, log: silentLogger });
  onTestFinished(() => redis.disconnect());
  const names = ['appendonly', 'appendfsync', 'save', 'maxmemory-policy', 'maxmemory'];
  const values = await Promise.all(names.map(async (name) => await redis.config('GET', name)));
  return Object.fromEntries(values.map(([name = '', value = '']) => [name, value]));
}

const settings = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  save: '',
  'maxmemory-policy': 'noeviction',
  maxmemory: `${512 * 2 ** 20}`,
};

test('a Redis on base/redis.conf takes the password only, and keeps what it is given', async () => {
  const folder = temporaryFolder();
  givePassword(folder, 'right');
  const { port } = await serve('kind/redis/base/redis.conf', folder);
  expect(await settingsSeenBy(`redis://:right@127.0.0.1:${port}`)).toEqual(settings);
  await expect(settingsSeenBy(`redis://:wrong@127.0.0.1:${port}`)).rejects.toThrow(/password/i);
});

test('a Redis on tls/redis.conf is trusted by the authority that bootstrap.sh made, and only so', async () => {
  const folder = temporaryFolder();
  givePassword(folder, 'right');
  const certificates = join(folder, 'redis-tls');
  mkdirSync(certificates);
  const make = 'source kind/steps/command.sh; source kind/steps/secrets.sh; make_certificates "$1"';
  execFileSync('bash', ['-Eeuo', 'pipefail', '-c', make, 'bash', certificates]);
  const { port } = await serve('kind/redis/tls/redis.conf', folder);
  expect(await settingsSeenBy(`rediss://:right@localhost:${port}?ca=${certificates}/ca.crt`)).toEqual(settings);
  await expect(settingsSeenBy(`rediss://:right@localhost:${port}`)).rejects.toThrow(/certificate/i);
});

// The image may be Valkey's or Redis's, and each has a client of its own name.
test.each(['valkey-cli', 'redis-cli'])('the probe asks with the password, by %s', (client) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'redis-secret'));
  writeFileSync(join(folder, 'redis-secret', 'password'), 'right');
  writeFileSync(join(folder, client), '#!/bin/sh\n[ "$REDISCLI_AUTH" = right ] && echo "${SAYS:-PONG}"\n');
  chmodSync(join(folder, client), 0o755);
  const answers = ['PONG', 'LOADING Redis is loading the dataset in memory'].map((SAYS) =>
    ['base', 'tls'].map((kind) => {
      const probe = readFileSync(`kind/redis/${kind}/ready.sh`, 'utf8').replaceAll('/etc/redis-', `${folder}/redis-`);
      return spawnSync('sh', ['-c', probe], { env: { PATH: `${folder}:/usr/bin:/bin`, SAYS } }).status;
    }),
  );
  expect(answers).toEqual([
    [0, 0],
    [1, 1],
  ]);
});
