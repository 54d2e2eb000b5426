import { SystemClock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { dirname } from 'node:path';
import { runCommandLine } from '../../../cli/command-line.ts';
import { screen } from './screen.ts';

export const projectRoot = dirname(dirname(dirname(import.meta.dirname)));

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface RunAs {
  readonly environment?: Environment;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
}

/** Runs one command line in this process and captures exactly what its user would see. */
export async function farmhand(args: readonly string[], as: RunAs = {}): Promise<Ran> {
  const seen = screen();
  const exitCode = await runCommandLine(args, {
    clock: new SystemClock(),
    rng: new Sfc32(1),
    environment: as.environment ?? {},
    streams: seen.streams,
    stdin: stdinOf(as.stdin ?? ''),
    version: '0.0.0-test',
    root: projectRoot,
    cwd: as.cwd ?? projectRoot,
    signal: as.signal ?? new AbortController().signal,
  });
  return { exitCode, out: seen.out(), err: seen.err() };
}

async function* stdinOf(text: string): AsyncGenerator<string> {
  yield text;
}
