import { Redis } from 'ioredis';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { redisOptions } from '#shared/redis-options.ts';
import { parseRedisUrl } from '#shared/redis-url.ts';
import { isAlive, signalProcess } from '../../local/process-identity.ts';
import { launchRedis, type RedisProcess } from '../../local/redis/redis-process.ts';
import type { RedisProgram } from '../../local/redis/redis-program.ts';

/** Files (PEM) with which a server, and whoever connects to it, speaks TLS. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface RedisServerOptions {
  readonly program: RedisProgram;
  readonly folder: string;
  readonly logFile: string;
  readonly port: number;
  readonly password: string;
  readonly clock: Clock;
  readonly settings: readonly string[];
  /** It speaks nothing but TLS then, and asks nobody for a certificate. */
  readonly tls?: TlsFiles;
}

const READY_WITHIN_MS = 30 * SECOND;

/** One server on one folder and port that is killed and started at will; unlike a farm's own it is not restarted by anybody. */
export class RedisServer {
  readonly port: number;
  readonly #options: RedisServerOptions;
  #process: RedisProcess | null = null;

  constructor(options: RedisServerOptions) {
    this.#options = options;
    this.port = options.port;
  }

  get url(): string {
    return this.urlAt(this.port);
  }

  get pid(): number | null {
    return this.#process !== null && isAlive(this.#process.identity) ? this.#process.identity.pid : null;
  }

  urlAt(port: number): string {
    const { password, tls } = this.#options;
    return `redis${tls === undefined ? '' : 's'}://:${password}@127.0.0.1:${port}${tlsParameters('?', tls)}`;
  }

  /**
   * Resolves when it answers and its data is loaded. Nothing happens where it runs.
   * @param settings more lines of redis.conf for this time.
   */
  async start(settings: readonly string[] = []): Promise<void> {
    if (this.pid !== null) return;
    const { clock, logFile, tls, port } = this.#options;
    const started = launchRedis({
      ...this.#options,
      // TERM would wait until somebody resumes a paused server.
      lastWill: 'KILL',
      settings: [...this.#options.settings, ...tlsSettings(port, tls), ...settings],
    });
    this.#process = started;
    const deadline = clock.monotonic() + READY_WITHIN_MS;
    while (!(await this.#answers())) {
      if (started.ended || clock.monotonic() > deadline) {
        await this.stop();
        throw new FarmhandError('START_FAILED', `Redis did not answer on port ${this.port}; see ${logFile}`);
      }
      await clock.sleep(10);
    }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#process?.exited;
    this.#process = null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#process !== null) signalProcess(this.#process.identity, signal);
  }

  /** In order, even from SIGSTOP. Idempotent. */
  async stop(): Promise<void> {
    this.signal('SIGCONT');
    await this.#process?.stop();
    this.#process = null;
  }

  async #answers(): Promise<boolean> {
    try {
      return await administer(this.url, async (redis) => (await redis.info('persistence')).includes('loading:0'));
    } catch {
      return false;
    }
  }
}

/** Lines of redis.conf and of sentinel.conf, after the one with the port. */
export function tlsSettings(port: number, tls: TlsFiles | undefined): string[] {
  if (tls === undefined) return [];
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${tls.ca}`,
    `tls-cert-file ${tls.cert}`,
    `tls-key-file ${tls.key}`,
    'tls-auth-clients no',
    'tls-replication yes',
  ];
}

/** The part of a URL after `separator` (? or &) with which a client trusts such a server. */
export function tlsParameters(separator: string, tls: TlsFiles | undefined): string {
  return tls === undefined ? '' : `${separator}ca=${encodeURIComponent(tls.ca)}`;
}

/** One piece of work on a connection of its own, which is neither retried nor kept. */
export async function administer<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    ...redisOptions(parseRedisUrl(url)),
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    connectTimeout: 2 * SECOND,
    // A paused server must not hold its tormentor up for ever.
    commandTimeout: 60 * SECOND,
  });
  redis.on('error', () => undefined); // said again by connect() and the work
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
