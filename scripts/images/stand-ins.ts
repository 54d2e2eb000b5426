import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import type { DockerCli } from './docker-cli.ts';

/** Build arguments of the template's Dockerfile → images made here. For tests: nothing of them is to be deployed. */
export const standIns = {
  NODE_IMAGE: 'farmhand/stand-in-node:24-bookworm-slim',
  WATCHDOG_IMAGE: 'farmhand/stand-in-of-watchdog:0.11.6',
} as const;

/** Label of every image that was built on them. */
export const STAND_IN_LABEL = 'farmhand.stand-in';

const sources = join(import.meta.dirname, 'stand-ins');
const WHERE_DEBIAN_KEEPS_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes the two images, unless the engine has them. Debian's debootstrap, run as root, fetches what the first is made of; its
 * Node is the one that runs this, and npm the one on the PATH. @throws FarmhandError START_FAILED
 */
export function makeStandIns(docker: DockerCli): void {
  const context = mkdtempSync(join(tmpdir(), 'farmhand-stand-ins-'));
  const build = (dockerfile: string, image: string): void => {
    console.log(`building ${image}, a stand-in`);
    docker.build(['--file', join(sources, dockerfile), '--tag', image, context]);
  };
  try {
    writeFileSync(join(context, 'fwatchdog'), watchdogSource(), { mode: 0o755 });
    // Always: it is a moment's work, and the program may have changed.
    build('of-watchdog.Dockerfile', standIns.WATCHDOG_IMAGE);
    if (docker.imageBytes(standIns.NODE_IMAGE) !== null) return;
    layOutDebian(context);
    build('node.Dockerfile', standIns.NODE_IMAGE);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** As JavaScript: a program without an extension in its name is no TypeScript to Node. */
export function watchdogSource(): string {
  return stripTypeScriptTypes(readFileSync(join(sources, 'of-watchdog.ts'), 'utf8'));
}

function layOutDebian(context: string): void {
  const rootfs = join(context, 'rootfs');
  // In a mount namespace of its own: what debootstrap mounts below the folder goes with it.
  run('unshare', '--mount', 'debootstrap', '--variant=minbase', '--include=ca-certificates', 'bookworm', rootfs);
  run(
    'tar',
    '--create',
    '--file',
    join(context, 'rootfs.tar'),
    '--directory',
    rootfs,
    '--exclude=./var/cache/apt/*',
    '.',
  );
  rmSync(rootfs, { recursive: true, force: true });
  copyFileSync(process.execPath, join(context, 'node'));
  cpSync(npmFolder(), join(context, 'npm'), { recursive: true, dereference: true });
  copyFileSync(certificates(), join(context, 'certificates.crt'));
}

function npmFolder(): string {
  // <npm>/bin/npm-cli.js
  return dirname(dirname(realpathSync(run('sh', '-c', 'command -v npm').trim())));
}

/** What npm was told to trust on this machine, if anything. */
function certificates(): string {
  const told = run('npm', 'config', 'get', 'cafile').trim();
  return told === '' || told === 'null' ? WHERE_DEBIAN_KEEPS_CERTIFICATES : told;
}

function run(command: string, ...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000 });
  if (status === 0) return stdout;
  const why =
    error?.message ?? `exit code ${status ?? '?'}: ${(stderr + stdout).trim().split('\n').slice(-5).join('\n')}`;
  throw new FarmhandError(
    'START_FAILED',
    `stand-ins: ${command} failed: ${why}. They need root, util-linux and Debian's debootstrap (apt-get install debootstrap)`,
  );
}
