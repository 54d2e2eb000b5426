import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import { freePort } from '../free-port.ts';
import { launchRedis, stopLeftover, type RedisProcess } from './redis-process.ts';
import type { RedisProgram } from './redis-program.ts';

export interface PrivateRedisOptions {
  readonly program: RedisProgram;
  /** Its data (the append-only file) lives here and outlives it: the next server on the folder has what was written. */
  readonly folder: string;
  /** What the server prints is appended here. */
  readonly logFile: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A Redis server of our own. States: starting → up ⇄ restarting → stopping → stopped. */
export interface PrivateRedis {
  /** redis://:<password>@127.0.0.1:<port>: a secret. It stays the same when the server is restarted. */
  readonly url: string;
  /** The process that serves now; null while none does. */
  readonly pid: number | null;
  /** Writes everything to disk and ends the server. Idempotent. */
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 30 * SECOND;
const FIRST_RESTART_MS = 100;
const LONGEST_RESTART_MS = 5 * SECOND;
/** Another program may take a free port between our look and the server's start. */
const PORT_ATTEMPTS = 5;

/**
 * Starts a server on a free port of the loopback interface with a password of its own, and restarts it whenever it dies.
 * TCP and not a socket in the file system, because a socket's path may have at most 107 bytes, and because one kind of URL
 * then does for our own clients, for redis-cli and for a Redis elsewhere.
 * A server that a killed farm left on the folder is stopped first. Throws START_FAILED.
 */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  await stopLeftover(options.folder, options.clock);
  const password = randomBytes(24).toString('base64url');
  for (let attempt = 1; ; attempt += 1) {
    const server = new SupervisedRedis(options, { port: await freePort(), password });
    try {
      await server.start();
      return server;
    } catch (thrown) {
      await server.stop();
      const taken = thrown instanceof FarmhandError && thrown.code === 'PORT_IN_USE';
      if (taken && attempt < PORT_ATTEMPTS) continue;
      throw thrown;
    }
  }
}

class SupervisedRedis implements PrivateRedis {
  readonly url: string;
  readonly #options: PrivateRedisOptions;
  readonly #port: number;
  readonly #password: string;
  readonly #stopping = new AbortController();
  #process: RedisProcess | null = null;
  #supervision: Promise<void> = Promise.resolve();

  constructor(options: PrivateRedisOptions, address: { port: number; password: string }) {
    this.#options = options;
    this.#port = address.port;
    this.#password = address.password;
    this.url = `redis://:${address.password}@127.0.0.1:${address.port}`;
  }

  get pid(): number | null {
    return this.#process?.identity.pid ?? null;
  }

  async start(): Promise<void> {
    const first = await this.#launch();
    this.#supervision = this.#supervise(first);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#supervision;
  }

  async #launch(): Promise<RedisProcess> {
    const { program, folder, logFile, clock } = this.#options;
    const server = launchRedis({ program, folder, logFile, port: this.#port, password: this.#password, clock });
    this.#process = server;
    try {
      await this.#ready(server);
      return server;
    } catch (thrown) {
      await server.stop();
      this.#process = null;
      throw thrown;
    }
  }

  /** Resolves once the server answers PING; a server that reads a long append-only file says LOADING for a while. */
  async #ready(server: RedisProcess): Promise<void> {
    const { clock, logFile } = this.#options;
    const deadline = clock.monotonic() + READY_WITHIN_MS;
    for (;;) {
      if (await answersPing(this.url)) return;
      if (server.ended) {
        const taken = lastLines(logFile, 20).includes('Address already in use');
        throw new FarmhandError(
          taken ? 'PORT_IN_USE' : 'START_FAILED',
          `Redis ended (${await server.exited}) before it was ready on port ${this.#port}; see ${logFile}`,
        );
      }
      if (clock.monotonic() > deadline) {
        throw new FarmhandError(
          'START_FAILED',
          `Redis was not ready within ${READY_WITHIN_MS / SECOND} s; see ${logFile}`,
        );
      }
      if (this.#isStopping()) throw new FarmhandError('START_FAILED', 'Redis was stopped while it started');
      await clock.sleep(10, this.#stopping.signal);
    }
  }

  async #supervise(first: RedisProcess): Promise<void> {
    const { clock, log } = this.#options;
    let server: RedisProcess | null = first;
    let waitMs = FIRST_RESTART_MS;
    while (!this.#isStopping()) {
      if (server !== null) {
        const how = await server.exited;
        this.#process = null;
        if (this.#isStopping()) return;
        log.warn({ how }, 'Redis died: starting it again on its data');
      }
      try {
        server = await this.#launch();
        waitMs = FIRST_RESTART_MS;
        log.info({ pid: this.pid }, 'Redis is back');
      } catch (thrown) {
        server = null;
        if (this.#isStopping()) return;
        log.error({ error: coerceError(thrown), waitMs }, 'Redis could not be started again: trying once more');
        await clock.sleep(waitMs, this.#stopping.signal);
        waitMs = Math.min(2 * waitMs, LONGEST_RESTART_MS);
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}

async function answersPing(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    connectTimeout: 2000,
  });
  client.on('error', () => undefined); // said again by connect() and ping()
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

function lastLines(file: string, count: number): string {
  return readFileSync(file, 'utf8').split('\n').slice(-count).join('\n');
}
