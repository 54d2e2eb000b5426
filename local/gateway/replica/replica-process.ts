import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '#shared/clock.ts';
import type { Launch } from '../launch.ts';
import { LineSplitter } from '../logs/line-splitter.ts';
import type { ProcessExit, ReplicaChild } from './replica-child.ts';

export interface ReplicaProcessOptions {
  readonly launch: Launch;
  /** The whole environment: nothing else is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Each line of its standard output and standard error. */
  readonly onLine: (text: string) => void;
  readonly clock: Clock;
}

/** What a process wrote last is awaited this long after its end: a helper that it left behind may hold the pipe open. */
const LAST_WORDS_MS = 500;

/**
 * One child process, in the gateway's own process group, so that whoever started the gateway finds all of it even after the
 * gateway was killed. Should that happen, the child's IPC channel closes, which a function takes for SIGTERM.
 */
export class ReplicaProcess implements ReplicaChild {
  /** By the port that it announces with {type: 'listening', port}. */
  readonly listening: Promise<string | null>;
  readonly exited: Promise<ProcessExit>;
  readonly closed: Promise<void>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  #ended = false;

  constructor(options: ReplicaProcessOptions) {
    const { launch } = options;
    this.#clock = options.clock;
    const child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended = true;
        resolve({ code, signal });
      });
      child.on('error', (error) => {
        options.onLine(`farmhand: ${error.message}`);
        if (child.pid !== undefined) return; // a signal could not be sent: the process is unaffected
        this.#ended = true;
        resolve({ code: null, signal: null });
      });
    });
    this.listening = new Promise((resolve) => {
      child.on('message', (message) => {
        const port = announcedPort(message);
        if (port !== null) resolve(`http://127.0.0.1:${port}`);
      });
      void this.exited.then(() => resolve(null));
    });
    const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
    const read = Promise.all(streams.map((stream) => readLines(stream, options.onLine)));
    this.closed = this.exited.then(async () => {
      const over = new AbortController();
      await Promise.race([read, this.#clock.sleep(LAST_WORDS_MS, over.signal)]);
      over.abort();
      for (const stream of streams) stream.destroy();
      await read;
    });
  }

  get pids(): readonly number[] {
    return this.#child.pid === undefined || this.#ended ? [] : [this.#child.pid];
  }

  async terminate(graceMs: number): Promise<ProcessExit> {
    if (this.#ended) return await this.exited;
    this.#child.kill('SIGTERM');
    const over = new AbortController();
    await Promise.race([this.exited, this.#clock.sleep(graceMs, over.signal)]);
    over.abort();
    this.kill();
    return await this.exited;
  }

  kill(): void {
    if (!this.#ended) this.#child.kill('SIGKILL');
  }
}

function announcedPort(message: unknown): number | null {
  if (typeof message !== 'object' || message === null) return null;
  const { type, port } = message as { type?: unknown; port?: unknown };
  return type === 'listening' && typeof port === 'number' && Number.isInteger(port) && port > 0 ? port : null;
}

async function readLines(stream: Readable, onLine: (text: string) => void): Promise<void> {
  const lines = new LineSplitter(onLine);
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('error', () => undefined); // 'close' follows
    stream.once('close', resolve);
  });
  lines.end();
}
