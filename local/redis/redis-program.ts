import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isOlder, MINIMUM_REDIS } from '#shared/redis-version.ts';
import { runCommand } from '../run-command.ts';

/** A redis-server (or valkey-server) that runs on this machine. */
export interface RedisProgram {
  /** Absolute path. */
  readonly command: string;
  readonly version: string;
  /** What its process needs in the environment: the folder of its libraries, if they are not the system's. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RedisSearch {
  readonly program: RedisProgram | null;
  /** A sentence for each server that was found and cannot serve. */
  readonly rejected: readonly string[];
}

const names = ['redis-server', 'valkey-server'];
const usualFolders = [
  '/usr/bin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/opt/redis/bin',
  '/snap/bin',
];

/** Looks on `path` (the PATH variable) and in the usual places. */
export async function findRedis(path: string | undefined): Promise<RedisSearch> {
  const folders = new Set([
    ...(path ?? '').split(delimiter).filter((folder) => folder.startsWith('/')),
    ...usualFolders,
  ]);
  const rejected: string[] = [];
  for (const folder of folders) {
    for (const name of names) {
      const command = join(folder, name);
      if (!existsSync(command)) continue;
      const probed = await probeRedis(command);
      if (typeof probed !== 'string') return { program: probed, rejected };
      rejected.push(probed);
    }
  }
  return { program: null, rejected };
}

/** Asks a program for its version: a RedisProgram if it can serve, else a sentence that says why not. */
export async function probeRedis(command: string, env: Record<string, string> = {}): Promise<RedisProgram | string> {
  const asked = await runCommand(command, ['--version'], { env, timeoutMs: 5000 });
  if (!asked.ok) return `${command} does not run: ${asked.complaint}`;
  const version = /server v=(\d+\.\d+\.\d+)/.exec(asked.stdout)?.[1];
  if (version === undefined) return `${command} is not a Redis server: it calls itself "${asked.stdout.trim()}"`;
  if (isOlder(version, MINIMUM_REDIS)) return `${command} is Redis ${version}; ${MINIMUM_REDIS} or newer is needed`;
  return { command, version, env };
}
