/**
 * Composition root of the command line: the only place that takes the process's clock, environment, streams and signals.
 * farmhand.js imports it; `--help` of any command is the way in.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { entropySeed, Sfc32 } from '#shared/rng.ts';
import { runCommandLine } from './command-line.ts';
import type { ExitCode } from './exit-code.ts';
import { describeFailure } from './failure.ts';
import { Interrupted } from './interrupted.ts';
import { watchParent } from './parent.ts';
import type { Writer } from './writer.ts';

/** npm and farmhand.js pass a Ctrl-C on that the terminal has sent already; within this time it counts once. */
const SAME_KEY_PRESS_MS = 1000;

const clock = new SystemClock();
const environment = processEnvironment();
const stopping = new AbortController();
let firstSignalAt: number | null = null;

function stop(signal: string): void {
  if (firstSignalAt === null) {
    firstSignalAt = clock.monotonic();
    stopping.abort(new Interrupted(signal));
  } else if (clock.monotonic() - firstSignalAt > SAME_KEY_PRESS_MS) {
    // Asked again: whoever asks will not wait for an orderly end. What this process started ends with its IPC channel.
    process.exit(new Interrupted(signal).exitCode);
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
// Started by farmhand.js on an older Node: its death is this process's SIGTERM.
process.on('disconnect', () => stop('SIGTERM'));
process.channel?.unref();

/** What a command says is lost: it stops, and does not pass for one that went well. */
let lostWith = null as ExitCode | null;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    const { text, exitCode } = describeFailure(error, { debug: false });
    lostWith = exitCode;
    process.exitCode = exitCode;
    process.stderr.write(`${text}\n`);
  }
  // EPIPE: `farmhand logs worker | head`, and whoever reads has had enough.
  if (!stopping.signal.aborted) stop('SIGTERM');
});
// Nobody can be told; the exit code says how it ended.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' && !stopping.signal.aborted) stop('SIGTERM');
});

const writer = (stream: NodeJS.WriteStream): Writer => ({
  write: (text) => void stream.write(text),
  // A dumb terminal cannot redraw.
  isTerminal: stream.isTTY && environment['TERM'] !== 'dumb',
  get columns() {
    return stream.isTTY ? stream.columns : 120;
  },
});

const root = dirname(import.meta.dirname);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const finished = new AbortController();
if (environment['npm_command'] !== undefined) {
  const onDeath = (): void => stop('SIGTERM');
  void watchParent({ clock, signal: finished.signal, parentId: () => process.ppid, onDeath });
}
const exitCode = await runCommandLine(process.argv.slice(2), {
  clock,
  rng: new Sfc32(entropySeed()),
  environment,
  streams: { out: writer(process.stdout), err: writer(process.stderr) },
  stdin: process.stdin,
  version,
  root,
  cwd: process.cwd(),
  signal: stopping.signal,
});
process.exitCode = lostWith ?? exitCode;
finished.abort();
