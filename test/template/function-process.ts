import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { smallProcess } from '../../local/small-process.ts';
import { projectNode } from '../support/project-node.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, text otherwise. */
  readonly body: unknown;
}

/** A function as the local gateway runs it: a process in build/<fn>, spoken to by HTTP and by signals. */
export class FunctionProcess {
  readonly child: ChildProcess;
  /** What it logged so far, one object a line; a line that is not JSON fails the test that reads it. */
  readonly lines: Record<string, unknown>[] = [];
  /** Its end. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #port: Promise<number>;
  readonly #logged = new EventTarget();

  /** @param environment all of it: nothing is inherited, as in an image. */
  constructor(folder: string, environment: Record<string, string>) {
    this.child = spawn(projectNode, [...smallProcess.flags, 'index.ts'], {
      cwd: folder,
      env: { ...smallProcess.environment, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    this.#port = once(this.child, 'message').then(([message]: unknown[]) => {
      const { type, port } = message as { type: string; port: number };
      if (type !== 'listening') throw new Error(`expected a 'listening' message, got '${type}'`);
      return port;
    });
    if (this.child.stdout === null) throw new Error('no stdout');
    const lines = createInterface(this.child.stdout).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
      this.#logged.dispatchEvent(new Event('line'));
    });
    // Not the child's 'close': that never comes once its channel has been disconnected from here.
    const exited = once(this.child, 'exit').then(([code, signal]: unknown[]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    this.ended = once(lines, 'close').then(() => exited);
  }

  /** Resolves once it has logged this message, with this call id if one is given; rejects if it ends without. */
  async logged(message: string, callId?: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.find(
        (line) => line['message'] === message && (callId === undefined || line['callId'] === callId),
      );
      if (found !== undefined) return found;
      const next = new Promise<'line'>((resolve) => {
        this.#logged.addEventListener('line', () => resolve('line'), { once: true });
      });
      const first = await Promise.race([next, this.ended]);
      if (first !== 'line') {
        throw new Error(`ended (${JSON.stringify(first)}) without '${message}': ${JSON.stringify(this.lines)}`);
      }
    }
  }

  /** HTTP to the function itself, as soon as it listens; it need not be ready. */
  async request(path: string, init?: RequestInit): Promise<Answer> {
    const port = await Promise.race([this.#port, this.ended]);
    if (typeof port !== 'number') throw new Error(`ended without listening: ${JSON.stringify(this.lines)}`);
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('application/json') === true;
    return { status: response.status, headers: response.headers, body: json ? (JSON.parse(text) as unknown) : text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
