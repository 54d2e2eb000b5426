import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import { LineSplitter } from '../gateway/logs/line-splitter.ts';
import type { ProcessExit, ReplicaChild } from '../gateway/replica/replica-child.ts';
import type { Containers } from './containers.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { processTree } from './process-tree.ts';
import { stopContainer } from './stop-container.ts';

export interface ContainerOptions {
  readonly containers: Containers;
  /** No other container has it. */
  readonly name: string;
  /** See container-spec.ts. */
  readonly spec: object;
  readonly network: string;
  /** Where of-watchdog listens in it. */
  readonly port: number;
  /** Each line that it prints, and what there is to say about it. */
  readonly onLine: (text: string) => void;
  readonly clock: Clock;
}

/** What an engine's container printed last is awaited this long after its end. */
const LAST_WORDS_MS = 2000;
const COULD_NOT_START: ProcessExit = { code: null, signal: null };

/**
 * One container, from its creation to its removal.
 * States: created → started → ended → removed; where one of the first steps fails it is ended at once, and its log says why.
 */
export class Container implements ReplicaChild {
  readonly listening: Promise<string | null>;
  readonly exited: Promise<ProcessExit>;
  readonly closed: Promise<void>;
  readonly #options: ContainerOptions;
  readonly #ended = new AbortController();
  /** Its id once it runs; null when it ended before. */
  readonly #running: Promise<string | null>;
  #pid: number | null = null;
  /** It was asked to end: if it does not run yet, it shall not. */
  #unwanted = false;

  constructor(options: ContainerOptions) {
    this.#options = options;
    const created = this.#create();
    const started = created.then((id) => (id === null ? null : this.#start(id)));
    this.listening = started.then((address) => (address === null ? null : `http://${address}:${options.port}`));
    this.#running = started.then((address) => (address === null ? null : created));
    const output = this.#running.then((id) => (id === null ? undefined : this.#read(id)));
    this.exited = this.#running.then((id) => (id === null ? COULD_NOT_START : this.#end(id)));
    this.closed = this.exited.then(async () => {
      await Promise.race([output, options.clock.sleep(LAST_WORDS_MS)]);
      const id = await created;
      if (id !== null) await this.#attempt(() => options.containers.remove(id));
    });
  }

  get pids(): readonly number[] {
    return this.#pid === null || this.#ended.signal.aborted ? [] : processTree(this.#pid);
  }

  async terminate(graceMs: number): Promise<ProcessExit> {
    this.#unwanted = true;
    const { containers, clock } = this.#options;
    const id = await this.#running;
    if (id !== null) {
      await this.#attempt(() => stopContainer(containers, id, { clock, graceMs, over: this.#ended.signal }));
    }
    return await this.exited;
  }

  kill(): void {
    this.#unwanted = true;
    void this.#running.then(async (id) => {
      if (id !== null) await this.#attempt(() => this.#options.containers.kill(id, 'SIGKILL'));
    });
  }

  async #create(): Promise<string | null> {
    const { containers, name, spec, onLine } = this.#options;
    const created = await this.#attempt(() => containers.create(name, spec));
    for (const warning of created?.warnings ?? []) onLine(`farmhand: Docker warns: ${warning}`);
    return created?.id ?? null;
  }

  /** @returns its address; null when it does not run */
  async #start(id: string): Promise<string | null> {
    if (this.#unwanted) return null;
    const { containers, network } = this.#options;
    const running = await this.#attempt(() => containers.start(id, network));
    this.#pid = running?.pid ?? null;
    return running?.address ?? null;
  }

  async #read(id: string): Promise<void> {
    const lines = new LineSplitter(this.#options.onLine);
    // One splitter for both streams, as of-watchdog passes on whole lines.
    const frames = new FrameSplitter((data) => lines.push(data));
    await this.#attempt(async () => {
      for await (const chunk of await this.#options.containers.output(id)) frames.push(chunk as Buffer);
    });
    lines.end();
  }

  async #end(id: string): Promise<ProcessExit> {
    const { containers, onLine } = this.#options;
    const code = await this.#attempt(() => containers.ended(id));
    this.#ended.abort();
    if ((await this.#attempt(() => containers.wasOutOfMemory(id))) === true) {
      onLine('farmhand: the container used more memory than its limit (limits.memory in stack.yml) and was killed');
    }
    return { code, signal: null };
  }

  /** The engine's refusal goes into the function's log; null then. */
  async #attempt<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (thrown) {
      this.#options.onLine(`farmhand: ${explain(coerceError(thrown).message)}`);
      return null;
    }
  }
}

function explain(message: string): string {
  return message.includes('No such image') ? `${message}; build it with 'npm run images', or pull it` : message;
}
