import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Clock } from '#shared/clock.ts';
import { freePort } from '../../local/free-port.ts';
import type { RedisProgram } from '../../local/redis/redis-program.ts';
import { appendSettings, type AppendMode } from './append-mode.ts';
import { administer, RedisServer, type TlsFiles } from './redis-server.ts';

export type { AppendMode } from './append-mode.ts';

export interface RedisUnderTestOptions {
  readonly program: RedisProgram;
  /** Its data and its log live here; the caller makes and removes it. */
  readonly folder: string;
  readonly append: AppendMode;
  readonly clock: Clock;
  /** More lines of redis.conf; they win over ours. */
  readonly settings?: readonly string[];
  readonly tls?: TlsFiles;
  /** Default: one of its own. The nodes of a cluster share one. */
  readonly password?: string;
}

/**
 * A Redis of its own, to which everything is done that may happen to one. Each fault resolves when it is in force (and says so
 * where it ends by itself). States: up ⇄ paused; up or paused → down → up; any → stopped.
 */
export interface RedisUnderTest {
  /** redis://:<password>@127.0.0.1:<port>, or rediss:// with its authority; the same after a restart. A secret. */
  readonly url: string;
  readonly port: number;
  /** Null while no process serves. */
  readonly pid: number | null;
  /** The URL for clients that come through something on another port of this machine, such as a proxy. */
  urlAt(port: number): string;

  /** SIGKILL: nothing that is only in memory survives. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Serves again on the data that there is; resolves when it answers. Nothing happens where it runs already. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** BGREWRITEAOF; resolves when the file is rewritten. Nothing happens without a file (`append: 'none'`). */
  rewriteAppendOnlyFile(): Promise<void>;
  /** Forgets every script: the next EVALSHA of each answers NOSCRIPT. */
  flushScripts(): Promise<void>;
  /** A script that computes for about `ms`, during which nothing else is answered; resolves when it is over. */
  runSlowScript(ms: number): Promise<void>;
  /** Less memory than is in use, with noeviction: whatever would add data is refused (OOM) until releaseMemory. */
  squeezeMemory(): Promise<void>;
  releaseMemory(): Promise<void>;
  /** CLIENT KILL of every client's connection; how many there were. */
  killClients(): Promise<number>;

  /** Ends it, whatever state it is in. Idempotent. */
  stop(): Promise<void>;
}

/** Throws START_FAILED when the server does not answer in time. */
export async function startRedisUnderTest(options: RedisUnderTestOptions): Promise<RedisUnderTest> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const server = new RedisServer({
    program: options.program,
    folder: options.folder,
    logFile: join(options.folder, 'redis.log'),
    port: await freePort(),
    password: options.password ?? randomBytes(24).toString('base64url'),
    clock: options.clock,
    settings: [...appendSettings[options.append], ...(options.settings ?? [])],
    ...(options.tls !== undefined && { tls: options.tls }),
  });
  const redis = new FaultyRedis(server, options.clock);
  await redis.start();
  return redis;
}

/** ARGV: how often. TIME would be no measure: from Redis 7.2 on it stands still within a script. */
const COUNT = 'for i = 1, tonumber(ARGV[1]) do end return 1';
const TRIAL = 2_000_000;

class FaultyRedis implements RedisUnderTest {
  readonly #server: RedisServer;
  readonly #clock: Clock;

  constructor(server: RedisServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  get url(): string {
    return this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  get pid(): number | null {
    return this.#server.pid;
  }

  urlAt(port: number): string {
    return this.#server.urlAt(port);
  }

  async start(): Promise<void> {
    await this.#server.start();
  }

  async kill(): Promise<void> {
    await this.#server.kill();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  pause(): void {
    this.#server.signal('SIGSTOP');
  }

  resume(): void {
    this.#server.signal('SIGCONT');
  }

  async rewriteAppendOnlyFile(): Promise<void> {
    await this.#administer(async (redis) => {
      if (!(await redis.info('persistence')).includes('aof_enabled:1')) return;
      await redis.bgrewriteaof();
      while (/aof_rewrite_(in_progress|scheduled):1/.test(await redis.info('persistence'))) await this.#clock.sleep(10);
    });
  }

  async flushScripts(): Promise<void> {
    await this.#administer((redis) => redis.script('FLUSH'));
  }

  async runSlowScript(ms: number): Promise<void> {
    await this.#administer(async (redis) => {
      const began = this.#clock.monotonic();
      await redis.eval(COUNT, 0, TRIAL);
      const trialMs = this.#clock.monotonic() - began;
      await redis.eval(COUNT, 0, Math.ceil((TRIAL * ms) / trialMs));
    });
  }

  async squeezeMemory(): Promise<void> {
    await this.#administer((redis) => redis.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '1'));
  }

  async releaseMemory(): Promise<void> {
    await this.#administer((redis) => redis.config('SET', 'maxmemory', '0'));
  }

  async killClients(): Promise<number> {
    return await this.#administer(async (redis) => {
      return Number(await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    });
  }

  async #administer<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    return await administer(this.url, work);
  }
}
