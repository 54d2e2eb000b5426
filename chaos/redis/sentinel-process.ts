import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { spawn, type ChildProcess } from 'node:child_process';
import { tiedToUs } from '../../local/redis/redis-process.ts';
import type { RedisProgram } from '../../local/redis/redis-program.ts';
import { writePrivateFile } from '../../local/state-folder.ts';
import { administer, tlsParameters, tlsSettings, type TlsFiles } from './redis-server.ts';

export interface SentinelOptions {
  readonly program: RedisProgram;
  /** Its configuration, which it rewrites itself. */
  readonly folder: string;
  readonly port: number;
  /** Of the servers and of the Sentinels. */
  readonly password: string;
  readonly primary: { readonly name: string; readonly port: number };
  /** So many Sentinels must agree that the primary is down. */
  readonly quorum: number;
  readonly clock: Clock;
  readonly tls?: TlsFiles;
}

/** A primary that is silent for so long is down; in production this is seconds. */
const DOWN_AFTER_MS = 500;
/** Twice as long after one failover the next one may begin. */
const FAILOVER_TIMEOUT_MS = SECOND;
const READY_WITHIN_MS = 10 * SECOND;

/** One Redis Sentinel. It keeps its knowledge in its configuration file, which is why it has one (for its owner only). */
export class SentinelProcess {
  readonly port: number;
  readonly url: string;
  readonly #options: SentinelOptions;
  #child: ChildProcess | null = null;

  constructor(options: SentinelOptions) {
    this.#options = options;
    this.port = options.port;
    const { password, port, tls } = options;
    this.url = `redis${tls === undefined ? '' : 's'}://:${password}@127.0.0.1:${port}${tlsParameters('?', tls)}`;
  }

  async start(): Promise<void> {
    const { folder, program, clock, port } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'sentinel.conf');
    writePrivateFile(file, this.#configuration());
    const [command, args] = tiedToUs(program.command, [file, '--sentinel'], 'KILL');
    const child = spawn(command, args, {
      cwd: folder,
      env: { LC_ALL: 'C', ...program.env },
      stdio: 'ignore',
    });
    child.once('error', () => undefined); // it never answers, and that is said
    this.#child = child;
    const deadline = clock.monotonic() + READY_WITHIN_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || clock.monotonic() > deadline) {
        throw new FarmhandError('START_FAILED', `Redis Sentinel did not answer on port ${port}`);
      }
      await clock.sleep(10);
    }
  }

  /** Its words about the primary: `ip`, `port`, `flags`, `num-slaves`, `num-other-sentinels`. */
  async primary(): Promise<ReadonlyMap<string, string>> {
    const reply = await administer(this.url, (redis) => redis.call('SENTINEL', 'MASTER', this.#options.primary.name));
    const words = reply as string[];
    return new Map(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])));
  }

  /** False where it refuses, because it sees no replica to promote or another failover runs. */
  async failOver(): Promise<boolean> {
    try {
      await administer(this.url, (redis) => redis.call('SENTINEL', 'FAILOVER', this.#options.primary.name));
      return true;
    } catch {
      return false;
    }
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await ended;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.primary()).get('flags') === 'master';
    } catch {
      return false;
    }
  }

  #configuration(): string {
    const { port, password, folder, quorum, primary } = this.#options;
    return [
      'bind 127.0.0.1',
      `port ${port}`,
      ...tlsSettings(port, this.#options.tls),
      `dir ${JSON.stringify(folder)}`,
      `requirepass ${password}`,
      `sentinel sentinel-pass ${password}`,
      `sentinel monitor ${primary.name} 127.0.0.1 ${primary.port} ${quorum}`,
      `sentinel auth-pass ${primary.name} ${password}`,
      `sentinel down-after-milliseconds ${primary.name} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${primary.name} ${FAILOVER_TIMEOUT_MS}`,
      '',
    ].join('\n');
  }
}
