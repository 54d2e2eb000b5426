import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { Engine } from '../../local/docker/engine.ts';

/** A Docker engine that this process started, for root on Linux. Its images stay in its folder. */
export interface OwnEngine {
  readonly dockerHost: string;
  readonly pid: number;
  /** Ends it and its containers. Idempotent. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30_000;

/** Leaves the machine's network as it is: containers share it (`--network host`), or have none. */
const ON_THE_HOST = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];

/**
 * @param options.network host: the machine's own, so that a build reaches the registry; own: one that is its alone, in which it has bridges
 * as everywhere, and whoever wants to reach its containers enters it: `nsenter --net --target <pid>`.
 * @throws FarmhandError START_FAILED
 */
export async function startOwnEngine(options: {
  folder: string;
  network: 'host' | 'own';
  clock: Clock;
}): Promise<OwnEngine> {
  const { folder, network, clock } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const dockerHost = `unix://${join(folder, 'docker.sock')}`;
  const args = [
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
    ...['--host', dockerHost],
  ];
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'a');
  // Each of these becomes the next, under one pid.
  const child =
    network === 'host'
      ? spawn('dockerd', [...args, ...ON_THE_HOST], { stdio: ['ignore', log, log] })
      : spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec dockerd "$@"', 'dockerd', ...args], {
          stdio: ['ignore', log, log],
        });
  closeSync(log);
  const exited = once(child, 'exit').catch((thrown: unknown) => [coerceError(thrown).message]);
  const stop = async (): Promise<void> => {
    if (isRunning(child)) child.kill('SIGTERM');
    await exited;
    // It leaves its namespace mounted, and its folder could not be deleted.
    spawnSync('umount', [join(folder, 'exec', 'netns', 'default')], { stdio: 'ignore' });
  };
  const deadline = clock.monotonic() + READY_WITHIN_MS;
  while (isRunning(child) && clock.monotonic() < deadline) {
    try {
      const engine = await Engine.open(dockerHost);
      await engine.close();
      return { dockerHost, pid: child.pid ?? 0, stop };
    } catch {
      await clock.sleep(100);
    }
  }
  await stop();
  throw new FarmhandError(
    'START_FAILED',
    `a Docker engine could not be started; see ${logFile}. It needs root, Linux, and dockerd (Debian and Ubuntu: apt-get install docker.io iptables)`,
  );
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
