import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { processEnvironment } from '#shared/config.ts';
import { toolFile, tools, toolsFolder, type Tool } from '../../../scripts/openfaas-tools/tool.ts';

const root = join(import.meta.dirname, '../../..');
const environment = processEnvironment();

/** The tool's file where `npm run openfaas-tools` built it; null, and a line that says so, where it did not. */
export function findTool(name: Tool['name']): string | null {
  const tool = tools.find((candidate) => candidate.name === name)!;
  const file = toolFile(toolsFolder(root, environment), tool);
  if (existsSync(file)) return file;
  console.warn(`skipped: the tests with the real ${name} ${tool.version}; \`npm run openfaas-tools\` builds it`);
  return null;
}

export interface ToolRun {
  readonly status: number | null;
  /** stdout and stderr. */
  readonly output: string;
}

/** Runs a tool to its end, which may ask a gateway of this process; command and output go into the transcript, its input does not. */
export async function runTool(
  file: string,
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; input?: string },
): Promise<ToolRun> {
  const { cwd, env = {}, input = '' } = options;
  const child = spawn(file, args, {
    cwd,
    env: { ...environment, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(60_000),
  });
  child.stdin.on('error', () => undefined); // it need not read
  child.stdin.end(input);
  const closed = once(child, 'close').then(([status]: unknown[]) => status as number | null);
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  const output = stdout + stderr;
  note(`$ ${basename(file)} ${args.join(' ')}\n${output}`);
  return { status, output };
}

/** A tool that serves until it is stopped. */
export interface ServingTool {
  /** Every line so far. */
  readonly lines: readonly string[];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param env all of it, but for PATH and HOME: nothing else is inherited, as in an image. */
export function serveTool(
  file: string,
  options: { cwd: string; env: Readonly<Record<string, string>>; args?: readonly string[] },
): ServingTool {
  const child = spawn(file, options.args ?? [], {
    cwd: options.cwd,
    env: { PATH: environment['PATH'], HOME: environment['HOME'], ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that its end is the end of what it started as well.
    detached: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    note(
      `$ ${basename(file)} in ${basename(options.cwd)}\n${lines.join('\n')}\nexit code ${String(code)}, signal ${String(signal)}\n`,
    );
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    lines,
    ended,
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined) killGroup(child.pid);
      await ended;
    },
  };
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function note(paragraph: string): void {
  const file = environment['FARM_OPENFAAS_TRANSCRIPT'];
  if (file !== undefined) appendFileSync(file, `${paragraph}\n`);
}
