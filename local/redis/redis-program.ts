import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** The oldest Redis that the queue's scripts are tested on (Debian 12's). */
export const MINIMUM_REDIS = '7.0';

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

/** Compares dotted versions by their first two numbers: 6.2.9 is older than 7.0, 10.0.0 is not. */
export function isOlder(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
