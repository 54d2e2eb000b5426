import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { z } from 'zod';
import { identify, isAlive, signalProcess, type ProcessIdentity } from '../process-identity.ts';
import type { RedisProgram } from './redis-program.ts';

/** One run of a server: from launch to exit. */
export interface RedisProcess {
  readonly identity: ProcessIdentity;
  readonly ended: boolean;
  /** Resolves with how it ended, such as 'exit code 1' or 'SIGKILL'; never rejects. */
  readonly exited: Promise<string>;
  /** SIGTERM, which is Redis's SHUTDOWN: it writes what is in memory. SIGKILL if that takes too long. Idempotent. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  readonly program: RedisProgram;
  readonly folder: string;
  readonly logFile: string;
  readonly port: number;
  readonly password: string;
  readonly clock: Clock;
  /** More lines of redis.conf, after ours: of two lines for one setting the later one holds. */
  readonly settings?: readonly string[];
  /** What the kernel sends it when we die; default TERM. */
  readonly lastWill?: 'TERM' | 'KILL';
}

const STOP_WITHIN_MS = 10 * SECOND;

/**
 * Launches a server that keeps its data in `folder` and listens on the loopback interface only. The configuration goes in
 * through its standard input, so that the password stands neither in its arguments nor in a file.
 */
export function launchRedis(options: LaunchOptions): RedisProcess {
  const { program, folder, clock } = options;
  const [command, args] = tiedToUs(program.command, ['-'], options.lastWill);
  const output = openSync(options.logFile, 'a', 0o600);
  const child = spawn(command, args, {
    cwd: folder,
    env: { LC_ALL: 'C', ...program.env },
    stdio: ['pipe', output, output],
  });
  closeSync(output);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
  });
  if (child.pid === undefined) throw new FarmhandError('START_FAILED', `${command} could not be started`);
  // One that has ended already gets a token that no process has.
  const identity = identify(child.pid) ?? { pid: child.pid, startToken: 'ended' };
  writeFileSync(recordFile(folder), JSON.stringify(identity), { mode: 0o600 });
  child.stdin?.on('error', () => undefined); // it died before it read: `exited` says so
  child.stdin?.end(configuration(options));
  const gone = new AbortController();
  void exited.then(() => {
    gone.abort();
    rmSync(recordFile(folder), { force: true });
  });

  return {
    identity,
    exited,
    get ended() {
      return gone.signal.aborted;
    },
    async stop() {
      signalProcess(identity, 'SIGTERM');
      await clock.sleep(STOP_WITHIN_MS, gone.signal);
      if (!gone.signal.aborted) signalProcess(identity, 'SIGKILL');
      await exited;
    },
  };
}

/** Stops a server that runs on `folder` although whoever launched it was killed. Two servers on one folder would spoil its data. */
export async function stopLeftover(folder: string, clock: Clock): Promise<void> {
  const leftover = readRecord(folder);
  if (leftover === null) return;
  signalProcess(leftover, 'SIGTERM');
  const deadline = clock.monotonic() + STOP_WITHIN_MS;
  while (isAlive(leftover)) {
    if (clock.monotonic() > deadline) signalProcess(leftover, 'SIGKILL');
    await clock.sleep(20);
  }
  rmSync(recordFile(folder), { force: true });
}

/**
 * Where the system can (Linux, util-linux), the kernel sends Redis a signal when we die, so that a farm that is killed leaves no
 * server behind. Elsewhere the next farm on the folder stops it.
 */
export function tiedToUs(
  command: string,
  args: readonly string[],
  lastWill: 'TERM' | 'KILL' = 'TERM',
): [string, readonly string[]] {
  const setpriv = '/usr/bin/setpriv';
  return existsSync(setpriv) ? [setpriv, ['--pdeathsig', lastWill, command, ...args]] : [command, args];
}

function configuration({ folder, port, password, settings = [] }: LaunchOptions): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    // Every write goes to the file before it is answered, and to the disk within a second: a dead server loses nothing (but for
    // what it may hold back while the disk is slow to sync, two seconds at most), a dead machine the last second.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // Refuse what does not fit rather than drop a task.
    'maxmemory-policy noeviction',
    ...settings,
    '',
  ].join('\n');
}

/** Which process serves a folder, for whoever comes after a killed farm. */
const recordFile = (folder: string): string => join(folder, 'process.json');

const recordSchema = z.strictObject({ pid: z.int().positive(), startToken: z.string() });

/** Null when there is no record, or half of one. */
function readRecord(folder: string): ProcessIdentity | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(folder), 'utf8')));
  } catch {
    return null;
  }
}
