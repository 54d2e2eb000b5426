import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import { MINIMUM_REDIS } from '#shared/redis-version.ts';
import { runCommand, type CommandResult } from '../run-command.ts';
import { findRedis, probeRedis, type RedisProgram } from './redis-program.ts';

export interface GetRedisOptions {
  /** Where a server that is not the system's is kept: `<folder>/redis-server` and, if unpacked, its libraries. */
  readonly folder: string;
  /** The PATH variable. */
  readonly path: string | undefined;
  /** Told what is being done when it takes more than a moment. */
  readonly onStep?: (sentence: string) => void;
}

/**
 * A Redis server for this machine: one that is installed, else one from Debian's packages. In that order:
 * on the PATH or in the usual places; unpacked by an earlier call; redis-tools, installed by apt-get if we are root or sudo
 * asks nothing; Debian's packages unpacked into `folder`, which needs no root.
 * Throws REDIS_MISSING, with every way and why it failed.
 */
export async function getRedis(options: GetRedisOptions): Promise<RedisProgram> {
  const search = await findRedis(options.path);
  if (search.program !== null) return search.program;
  const failures: string[] = [...search.rejected];
  for (const way of [useUnpacked, useTools, installTools, unpackPackages]) {
    const got = await way(options);
    if (typeof got === 'string') failures.push(got);
    else if (got !== null) return got;
  }
  throw new FarmhandError(
    'REDIS_MISSING',
    `no Redis server (${MINIMUM_REDIS} or newer) on this machine, and none could be installed: ${failures.join('; ')}. ` +
      'Do one of these: set REDIS_URL to a Redis that runs, install one (on Debian and Ubuntu: apt-get install redis-server), ' +
      'or put redis-server on the PATH',
  );
}

/** A way gives a server, or a sentence that says why it could not, or null where it does not apply. */
type Way = (options: GetRedisOptions) => Promise<RedisProgram | string | null>;

const unpackedFolder = (folder: string): string => join(folder, 'packages');
const linkedServer = (folder: string): string => join(folder, 'redis-server');

const useUnpacked: Way = async ({ folder }) => {
  const command = join(unpackedFolder(folder), 'usr/bin/redis-server');
  return existsSync(command) ? await probeRedis(command, libraryEnvironment(folder)) : null;
};

/**
 * redis-tools carries the server: Redis builds one program, installed as redis-server, redis-check-rdb and redis-check-aof,
 * that goes by the name it is called under.
 */
const useTools: Way = async ({ folder }) => {
  const tools = '/usr/bin/redis-check-rdb';
  if (!existsSync(tools)) return null;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Made once; two callers at the same time want the same link.
  if (!existsSync(linkedServer(folder))) await symlink(tools, linkedServer(folder)).catch(() => undefined);
  return await probeRedis(linkedServer(folder));
};

/** Installs redis-tools and not redis-server, so that no service is installed, enabled or started. */
const installTools: Way = async (options) => {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const aptGet = async (...args: string[]): Promise<CommandResult> => {
    const [command = 'env', ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
    return await runCommand(command, rest, { timeoutMs: 180_000 });
  };
  if (sudo.length > 0) {
    const allowed = await runCommand('sudo', ['-n', 'true'], { timeoutMs: 10_000 });
    if (!allowed.ok) return 'apt-get install needs root, and sudo is absent or asks for a password';
  }
  options.onStep?.("installing Redis from the system's packages (redis-tools)");
  const install = ['-o', 'DPkg::Lock::Timeout=60', 'install', '-y', '--no-install-recommends', 'redis-tools'];
  let installed = await aptGet(...install);
  if (!installed.ok) {
    await aptGet('update'); // the lists of a fresh machine are empty or stale; install says whether this helped
    installed = await aptGet(...install);
  }
  if (!installed.ok) return `apt-get install redis-tools failed: ${installed.complaint}`;
  return await useTools(options);
};

/**
 * Fetches redis-server and what it depends on that this machine lacks, with lists and cache of its own, and unpacks
 * them without installing: no root, and nothing outside `folder` changes.
 */
const unpackPackages: Way = async ({ folder, onStep }) => {
  onStep?.("fetching Redis from the system's packages (unpacked, not installed)");
  const work = join(folder, 'unpacking');
  rmSync(work, { recursive: true, force: true });
  for (const made of ['lists/partial', 'cache/archives/partial', 'packages']) {
    mkdirSync(join(work, made), { recursive: true, mode: 0o700 });
  }
  try {
    const own = [
      `Dir::State::lists=${join(work, 'lists')}`,
      `Dir::Cache=${join(work, 'cache')}`,
      'Debug::NoLocking=1',
      'APT::Sandbox::User=',
    ];
    const apt = ['-q', ...own.flatMap((setting) => ['-o', setting])];
    const updated = await runCommand('apt-get', [...apt, 'update'], { timeoutMs: 120_000 });
    const fetch = ['install', '-y', '--no-install-recommends', '--download-only', 'redis-server'];
    const fetched = await runCommand('apt-get', [...apt, ...fetch], { timeoutMs: 120_000 });
    if (!fetched.ok) return `apt-get could not fetch redis-server: ${fetched.complaint || updated.complaint}`;
    const archives = join(work, 'cache/archives');
    for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
      const unpacked = await runCommand('dpkg', ['-x', join(archives, name), join(work, 'packages')], {
        timeoutMs: 60_000,
      });
      if (!unpacked.ok) return `dpkg could not unpack ${name}: ${unpacked.complaint}`;
    }
    rmSync(unpackedFolder(folder), { recursive: true, force: true });
    renameSync(join(work, 'packages'), unpackedFolder(folder));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return await probeRedis(join(unpackedFolder(folder), 'usr/bin/redis-server'), libraryEnvironment(folder));
};

/** LD_LIBRARY_PATH over every library folder of the unpacked packages (usr/lib/<triplet>, lib/<triplet>). */
function libraryEnvironment(folder: string): Record<string, string> {
  const folders = ['usr/lib', 'lib'].flatMap((name) => {
    const library = join(unpackedFolder(folder), name);
    return existsSync(library) ? [library, ...readdirSync(library).map((triplet) => join(library, triplet))] : [];
  });
  return folders.length === 0 ? {} : { LD_LIBRARY_PATH: folders.join(':') };
}
