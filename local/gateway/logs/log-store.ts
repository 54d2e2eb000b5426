import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';
import { LogFile } from './log-file.ts';

/** One line of a function's output: faas-provider's `logs.Message` (MIT). */
export interface LogMessage {
  readonly name: string;
  readonly namespace: string;
  readonly instance: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly text: string;
}

export interface LogQuery {
  readonly instance?: string | undefined;
  /** Milliseconds since 1970: only what is later. */
  readonly sinceMs?: number | undefined;
  /** At most the last so many. */
  readonly tail?: number | undefined;
}

export interface Follower {
  onMessage(message: LogMessage): void;
  /** The function is gone, or the gateway stops. */
  onEnd(): void;
}

const RING_LINES = 2000;
const RING_CHARS = 1024 * 1024;

interface FunctionLog {
  readonly file: LogFile;
  readonly followers: Set<Follower>;
  ring: LogMessage[];
  chars: number;
}

/** Keeps the last lines of every function for reading and following, and writes all of them to <folder>/<fn>.ndjson. */
export class LogStore {
  readonly #folder: string;
  readonly #namespace: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #logs = new Map<string, FunctionLog>();

  constructor(options: { folder: string; namespace: string; clock: Clock; log: Logger }) {
    this.#folder = options.folder;
    this.#namespace = options.namespace;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  append(fn: string, instance: string, text: string): void {
    const timestamp = new Date(this.#clock.farmTime()).toISOString();
    const message: LogMessage = { name: fn, namespace: this.#namespace, instance, timestamp, text };
    const log = this.#of(fn);
    log.ring.push(message);
    log.chars += text.length;
    if (log.ring.length > RING_LINES || log.chars > RING_CHARS) this.#forgetOldest(log);
    log.file.write(`${JSON.stringify(message)}\n`);
    for (const follower of log.followers) follower.onMessage(message);
  }

  /** Oldest first, out of the lines still held. */
  read(fn: string, query: LogQuery): LogMessage[] {
    const { instance, sinceMs, tail } = query;
    const found = (this.#logs.get(fn)?.ring ?? []).filter(
      (message) =>
        (instance === undefined || message.instance === instance) &&
        (sinceMs === undefined || Date.parse(message.timestamp) > sinceMs),
    );
    return tail === undefined ? found : found.slice(Math.max(found.length - tail, 0));
  }

  /** Tells of each line from now on, until the returned function is called. */
  follow(fn: string, follower: Follower): () => void {
    const { followers } = this.#of(fn);
    followers.add(follower);
    return () => followers.delete(follower);
  }

  /** Forgets a function that is gone and ends those who follow it. Its file stays. */
  end(fn: string): void {
    const log = this.#logs.get(fn);
    if (log === undefined) return;
    const followers = [...log.followers];
    log.followers.clear();
    log.ring = [];
    log.chars = 0;
    for (const follower of followers) follower.onEnd();
  }

  /** Ends every follower and resolves when everything is in its file. */
  async close(): Promise<void> {
    for (const fn of this.#logs.keys()) this.end(fn);
    await Promise.all([...this.#logs.values()].map(async ({ file }) => file.flush()));
  }

  #of(fn: string): FunctionLog {
    let log = this.#logs.get(fn);
    if (log === undefined) {
      const file = new LogFile(join(this.#folder, `${fn}.ndjson`), { log: this.#log });
      log = { file, followers: new Set(), ring: [], chars: 0 };
      this.#logs.set(fn, log);
    }
    return log;
  }

  /** Half at once, so that a busy function does not move its whole ring for each line. */
  #forgetOldest(log: FunctionLog): void {
    log.ring = log.ring.slice(Math.ceil(log.ring.length / 2));
    log.chars = log.ring.reduce((sum, message) => sum + message.text.length, 0);
  }
}
