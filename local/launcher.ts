import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { parseDaemonMessage, type DaemonMessage } from './daemon-message.ts';
import { lockHolder } from './farm-lock.ts';
import { findFarm, type FarmHandle } from './farm-record.ts';
import { loadFarmSettings, type FarmSettings } from './farm-settings.ts';
import { isAlive } from './process-identity.ts';
import { smallProcess } from './small-process.ts';
import { makeStateFolder, type StateFolder } from './state-folder.ts';

export interface EnsureFarmOptions {
  /** The project. */
  readonly root: string;
  /** FARM_STATE_DIR, FARM_FILE, REDIS_URL and the overrides of farm.yml; the daemon gets all of it. */
  readonly environment: Environment;
  /** True: the farm stops when this process ends, however it ends (`run`). False: it stays until `down` (`up`). */
  readonly tied: boolean;
  readonly clock: Clock;
  /** Gives up; a farm that is being started is stopped first. */
  readonly signal: AbortSignal;
  /** Told what is being done, a sentence a step. */
  readonly onStep?: (sentence: string) => void;
}

export interface EnsuredFarm {
  readonly farm: FarmHandle;
  /** False: it was up already, and whoever started it will stop it. */
  readonly started: boolean;
}

/** How long another command may take to bring up, or take down, a farm on the same state folder. */
const OTHER_WITHIN_MS = 120 * SECOND;
/** From a daemon's last word to the end of its process. */
const END_WITHIN_MS = 5 * SECOND;
const DAEMON = join(import.meta.dirname, `main${extname(import.meta.filename)}`);

/**
 * Joins the farm that is up, if it was started with the same configuration, or starts one and waits until every function is ready.
 * Throws FARM_DIFFERS, CONFIG_INVALID, START_FAILED, and what the daemon could not do: REDIS_*, PORT_IN_USE, ...
 */
export async function ensureFarm(options: EnsureFarmOptions): Promise<EnsuredFarm> {
  const { clock, signal, onStep } = options;
  const settings = loadFarmSettings(options);
  const deadline = clock.monotonic() + OTHER_WITHIN_MS;
  let waited = false;
  for (;;) {
    signal.throwIfAborted();
    const farm = findFarm(settings.state);
    if (farm !== null) return { farm: mustMatch(farm, settings), started: false };
    // While another command starts or stops a farm here: join what it starts, or start our own when it is done.
    if (!isHeld(settings.state) || clock.monotonic() > deadline) {
      try {
        return { farm: await startDaemon(options, settings), started: true };
      } catch (thrown) {
        const taken = thrown instanceof FarmhandError && thrown.code === 'CONFLICT';
        if (!taken || clock.monotonic() > deadline) throw thrown;
      }
    }
    if (!waited) onStep?.('waiting for another command that starts or stops a farm here');
    waited = true;
    await clock.sleep(100, signal);
  }
}

/** A process that lives has the right to run the farm. */
function isHeld(state: StateFolder): boolean {
  const holder = lockHolder(state.lock);
  return holder !== null && isAlive(holder);
}

function mustMatch(farm: FarmHandle, settings: FarmSettings): FarmHandle {
  if (farm.configHash === settings.hash) return farm;
  throw new FarmhandError(
    'FARM_DIFFERS',
    `a farm is up at ${farm.url} with another farm.yml, stack.yml, REDIS_URL, FARM_ variable or --runtime than now: ` +
      "stop it with 'farmhand down', or go back to its configuration",
  );
}

async function startDaemon(options: EnsureFarmOptions, settings: FarmSettings): Promise<FarmHandle> {
  const { state } = settings;
  makeStateFolder(state);
  const logFile = state.farmLog;
  const output = openSync(logFile, 'a', 0o600);
  const tied = options.tied ? ['--tied'] : [];
  const daemon = spawn(process.execPath, [...smallProcess.flags, DAEMON, '--root', settings.root, ...tied], {
    cwd: settings.root,
    env: {
      ...smallProcess.environment,
      ...options.environment,
      FARM_STATE_DIR: state.path,
      NODE_COMPILE_CACHE: state.compileCache,
    },
    stdio: ['ignore', output, output, 'ipc'],
    // A group of its own: Ctrl-C in the terminal is for the command, which then stops the farm in order.
    detached: true,
  });
  closeSync(output);
  const giveUp = (): void => void daemon.kill('SIGTERM');
  options.signal.addEventListener('abort', giveUp, { once: true });
  try {
    await untilUp(daemon, {
      logFile,
      clock: options.clock,
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    });
  } catch (thrown) {
    options.signal.throwIfAborted();
    throw thrown;
  } finally {
    options.signal.removeEventListener('abort', giveUp);
  }
  if (!options.tied) daemon.disconnect();
  // Neither the process nor the channel keeps a command alive that has nothing else to do.
  daemon.channel?.unref();
  daemon.unref();
  const farm = findFarm(state);
  if (farm === null) throw new FarmhandError('START_FAILED', `the farm went down at once; see ${logFile}`);
  return farm;
}

/** Resolves when the daemon says that it is up; rejects, once it has ended, with why it is not. */
async function untilUp(
  daemon: ChildProcess,
  options: { logFile: string; clock: Clock; onStep?: (sentence: string) => void },
): Promise<void> {
  const { logFile, clock, onStep } = options;
  const ended = new AbortController();
  await new Promise<void>((resolve, reject) => {
    let failure: FarmhandError | null = null;
    const hear = (raw: unknown): void => {
      const message: DaemonMessage = parseDaemonMessage(raw);
      if (message.type === 'step') onStep?.(message.sentence);
      if (message.type === 'failed') {
        failure = new FarmhandError(message.error.code, message.error.message);
        // Its last word: all is stopped, and only the process is left to end.
        void clock.sleep(END_WITHIN_MS, ended.signal).then(() => daemon.kill('SIGKILL'));
      }
      if (message.type === 'up') {
        daemon.removeAllListeners();
        resolve();
      }
    };
    daemon.on('message', hear);
    daemon.once('error', (cause) => {
      reject(new FarmhandError('START_FAILED', `the farm's process could not be started: ${cause.message}`, { cause }));
    });
    daemon.once('close', (code, signal) => {
      ended.abort();
      const how = signal ?? `exit code ${code ?? 'unknown'}`;
      const said = `the farm's process ended (${how}) before the farm was up; the end of ${logFile}:\n${lastLines(logFile)}`;
      reject(failure ?? new FarmhandError('START_FAILED', said));
    });
  });
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
}
