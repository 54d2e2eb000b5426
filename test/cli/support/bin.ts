import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Environment } from '#shared/config.ts';
import { processEnvironment } from '#shared/config.ts';
import { projectNode } from '../../support/project-node.ts';
import { until } from '../../support/until.ts';
import { projectRoot, type Ran } from './command-line.ts';

/** The real command, as a process of its own. */
export interface FarmhandProcess {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Its end. 'exit' of a process that a signal ended is 128 + its number, as a shell says. */
  readonly ended: Promise<Ran>;
  /** Resolves when stdout or stderr has these words. */
  says(words: string, withinMs?: number): Promise<void>;
}

export interface StartOptions {
  readonly environment?: Environment;
  readonly stdin?: string;
  readonly cwd?: string;
  /** The Node that starts it; default: the project's. */
  readonly node?: string;
  readonly bin?: string;
}

const farmhandBin = join(projectRoot, 'cli', 'farmhand.js');

export function startFarmhand(args: readonly string[], options: StartOptions = {}): FarmhandProcess {
  const child = spawn(options.node ?? projectNode, [options.bin ?? farmhandBin, ...args], {
    cwd: options.cwd ?? projectRoot,
    env: { ...plainEnvironment(), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
    exitCode: code ?? -1,
    out: text.out,
    err: text.err,
  }));
  return {
    child,
    out: () => text.out,
    err: () => text.err,
    ended,
    async says(words, withinMs = 30_000) {
      await until(`farmhand says ${words}`, () => `${text.out}${text.err}`.includes(words), withinMs);
    },
  };
}

export async function runFarmhand(args: readonly string[], options: StartOptions = {}): Promise<Ran> {
  return startFarmhand(args, options).ended;
}

/** What a shell of the user's would give it, and none of the test runner's own settings. */
function plainEnvironment(): Environment {
  const { PATH, HOME, TMPDIR } = processEnvironment();
  return { PATH, HOME, TMPDIR };
}
