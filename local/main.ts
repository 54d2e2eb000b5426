/**
 * The farm's daemon, and its composition root: the only place that takes the process's clock, environment and signals.
 * `main.ts --root <project> [--tied]`; started by launcher.ts as the leader of a process group. `--tied`: it stops when
 * its parent dies. States: starting → up → stopping → gone.
 */
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { coerceError } from '#shared/errors.ts';
import { createLogger } from '#shared/log.ts';
import { entropySeed, Sfc32 } from '#shared/rng.ts';
import { failureMessage, type DaemonMessage } from './daemon-message.ts';
import { clearLeftContainers } from './docker/clear-containers.ts';
import { startLocalFarm } from './farm.ts';
import { takeFarmLock } from './farm-lock.ts';
import { removeRecord, writeRecord } from './farm-record.ts';
import { loadFarmSettings } from './farm-settings.ts';
import { endMembers } from './process-group.ts';
import { identify } from './process-identity.ts';
import { Releases } from './releases.ts';
import { makeStateFolder } from './state-folder.ts';

/** For functions of a farm that was killed to put their work away; they began when it died. */
const LEFTOVERS_GRACE_MS = 2 * SECOND;

const { values: options } = parseArgs({
  options: { root: { type: 'string' }, tied: { type: 'boolean', default: false } },
});
const environment = processEnvironment();
const clock = new SystemClock();
const stopping = new AbortController();
const stopped = new Promise<void>((resolve) =>
  stopping.signal.addEventListener('abort', () => resolve(), { once: true }),
);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
if (options.tied) process.on('disconnect', () => stopping.abort());

// Standard output and standard error are the farm's log. A full disk costs lines of it, and never the farm.
process.stderr.on('error', () => undefined);
function writeLog(line: string): void {
  try {
    writeSync(process.stdout.fd, line);
  } catch {
    // Nowhere to say so.
  }
}

/** Resolves when the parent has it, or is gone. */
async function tell(message: DaemonMessage): Promise<void> {
  if (!process.connected) return;
  await new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

async function run(root: string): Promise<void> {
  const settings = loadFarmSettings({ root, environment });
  const log = createLogger({ fn: 'gateway', level: settings.config.logLevel, write: writeLog });
  const releases = new Releases(log);
  const { state } = settings;
  makeStateFolder(state);
  const lock = takeFarmLock(state.lock);
  releases.add('lock', async () => lock.release());
  try {
    if (lock.abandonedBy !== null) {
      log.warn({ pid: lock.abandonedBy.pid }, 'the last farm here was killed: cleaning up after it');
      const leftovers = { leader: lock.abandonedBy, folders: [settings.root, state.path] };
      await endMembers(leftovers, { clock, withinMs: LEFTOVERS_GRACE_MS });
      await clearLeftContainers(state, { clock, graceMs: LEFTOVERS_GRACE_MS });
      removeRecord(state);
    }
    const farm = await startLocalFarm({
      settings,
      environment,
      clock,
      rng: new Sfc32(entropySeed()),
      log,
      signal: stopping.signal,
      onStep: (sentence) => void tell({ type: 'step', sentence }),
    });
    releases.add('farm', () => farm.stop());
    const { url, port } = farm;
    const self = identify(process.pid) ?? { pid: process.pid, startToken: '' };
    const startedAt = new Date(clock.farmTime()).toISOString();
    writeRecord(state, { ...self, url, port, startedAt, configHash: settings.hash });
    // First of all, so that nobody joins a farm that is going down.
    releases.add('record', async () => removeRecord(state));
    log.info({ url }, 'the farm is up');
    await tell({ type: 'up', url });
    await stopped;
    log.info({}, 'the farm is going down');
  } finally {
    await releases.release();
  }
}

try {
  await run(options.root ?? process.cwd());
} catch (thrown) {
  const error = coerceError(thrown);
  if (!stopping.signal.aborted) {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exitCode = 1;
  }
  await tell(failureMessage(error));
}
// Whatever still waits, a connection or a timer, is of no use any more.
process.exit();
