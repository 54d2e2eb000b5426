import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { freePort } from '../../local/free-port.ts';
import type { RedisProgram } from '../../local/redis/redis-program.ts';
import { appendSettings, type AppendMode } from './append-mode.ts';
import { administer, RedisServer, tlsParameters, type TlsFiles } from './redis-server.ts';
import { SentinelProcess } from './sentinel-process.ts';

export interface RedisWithReplicaOptions {
  readonly program: RedisProgram;
  /** Everything of it lives here; the caller makes and removes it. */
  readonly folder: string;
  readonly append: AppendMode;
  readonly clock: Clock;
  /** Default 3; with 1 nobody outvotes a Sentinel that is wrong, and it starts sooner. */
  readonly sentinels?: number;
  /** min-replicas-to-write: a primary that has lost its replica takes no writes, so none can be lost with it. Default 0. */
  readonly minReplicasToWrite?: number;
  readonly tls?: TlsFiles;
}

/**
 * A primary and a replica under Redis Sentinel. Replication is asynchronous: every failover may lose writes that were answered and
 * had not reached the replica. A primary that still runs goes on taking writes until `heal`, as it does in life for some ten
 * seconds; whoever has not left it by then loses them.
 */
export interface RedisWithReplica {
  /** redis+sentinel://…: follows the primary. A secret. */
  readonly url: string;
  /** How often another server became the primary. */
  readonly failovers: number;
  /** Port of the server that the Sentinels call the primary. */
  primaryPort(): Promise<number>;
  /** The failover that an operator asks for; resolves when the other server is the primary and the Sentinels agree. */
  failOver(): Promise<void>;
  /** SIGKILL to the primary; resolves when the other server is the primary. */
  killPrimary(): Promise<void>;
  /** SIGSTOP to the primary, whose connections stay open and silent; resolves when the other server is the primary. */
  freezePrimary(): Promise<void>;
  /** Brings back whatever is dead or frozen; resolves when there is a primary with a replica in step. */
  heal(): Promise<void>;
  /** Ends everything, whatever state it is in. Idempotent. */
  stop(): Promise<void>;
}

const PRIMARY_NAME = 'farm';
const SETTLED_WITHIN_MS = 30 * SECOND;

/** Throws START_FAILED when a part does not answer in time; nothing is left running then. */
export async function startRedisWithReplica(options: RedisWithReplicaOptions): Promise<RedisWithReplica> {
  const pair = await ReplicaPair.of(options);
  try {
    await pair.start();
    return pair;
  } catch (thrown) {
    await pair.stop();
    throw thrown;
  }
}

class ReplicaPair implements RedisWithReplica {
  readonly url: string;
  #failovers = 0;
  readonly #servers: readonly [RedisServer, RedisServer];
  readonly #sentinels: readonly [SentinelProcess, ...SentinelProcess[]];
  readonly #clock: Clock;

  static async of(options: RedisWithReplicaOptions): Promise<ReplicaPair> {
    const { program, folder, append, clock, sentinels = 3, minReplicasToWrite = 0 } = options;
    const password = randomBytes(24).toString('base64url');
    const tls = options.tls === undefined ? {} : { tls: options.tls };
    const settings = [
      ...appendSettings[append],
      `masterauth ${password}`,
      'repl-diskless-sync-delay 0',
      // Whoever is stopped does not wait for the other, which is stopped as well.
      'shutdown-timeout 0',
      `min-replicas-to-write ${minReplicasToWrite}`,
      'min-replicas-max-lag 2',
    ];
    const server = async (name: string): Promise<RedisServer> => {
      const own = join(folder, name);
      mkdirSync(own, { recursive: true, mode: 0o700 });
      const logFile = join(own, 'redis.log');
      return new RedisServer({
        program,
        folder: own,
        logFile,
        port: await freePort(),
        password,
        clock,
        settings,
        ...tls,
      });
    };
    const servers = [await server('first'), await server('second')] as const;
    const watcher = async (index: number): Promise<SentinelProcess> =>
      new SentinelProcess({
        program,
        folder: join(folder, `sentinel-${index}`),
        port: await freePort(),
        password,
        primary: { name: PRIMARY_NAME, port: servers[0].port },
        quorum: Math.floor(sentinels / 2) + 1,
        clock,
        ...tls,
      });
    const others = Array.from({ length: sentinels - 1 }, (_, index) => watcher(index + 1));
    return new ReplicaPair({
      servers,
      sentinels: [await watcher(0), ...(await Promise.all(others))],
      password,
      clock,
      ...tls,
    });
  }

  private constructor(parts: {
    servers: readonly [RedisServer, RedisServer];
    sentinels: readonly [SentinelProcess, ...SentinelProcess[]];
    password: string;
    clock: Clock;
    tls?: TlsFiles;
  }) {
    this.#servers = parts.servers;
    this.#sentinels = parts.sentinels;
    this.#clock = parts.clock;
    const hosts = parts.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const { password, tls } = parts;
    const scheme = tls === undefined ? 'redis' : 'rediss';
    const trust = tlsParameters('&', tls);
    this.url = `${scheme}+sentinel://:${password}@${hosts}/${PRIMARY_NAME}?sentinel-password=${password}${trust}`;
  }

  get failovers(): number {
    return this.#failovers;
  }

  /** The replica is in step before the Sentinels look, so that they know it from the first. */
  async start(): Promise<void> {
    const [first, second] = this.#servers;
    await first.start();
    await second.start([`replicaof 127.0.0.1 ${first.port}`]);
    await this.#until('the replica is in step', () => isInStep(second, first));
    await Promise.all(this.#sentinels.map((sentinel) => sentinel.start()));
    await this.#until('the Sentinels know each other', () => this.#agree(first));
  }

  async primaryPort(): Promise<number> {
    const known = await this.#sentinels[0].primary();
    return Number(known.get('port'));
  }

  async failOver(): Promise<void> {
    const { primary, replica } = await this.#roles();
    await this.#until('the replica is in step', () => isInStep(replica, primary));
    await this.#until('a Sentinel begins', () => this.#sentinels[0].failOver());
    await this.#promoted(replica);
  }

  async killPrimary(): Promise<void> {
    const { primary, replica } = await this.#roles();
    await primary.kill();
    await this.#promoted(replica);
  }

  async freezePrimary(): Promise<void> {
    const { primary, replica } = await this.#roles();
    primary.signal('SIGSTOP');
    await this.#promoted(replica);
  }

  async heal(): Promise<void> {
    const { primary, replica } = await this.#roles();
    replica.signal('SIGCONT');
    await replica.start([`replicaof 127.0.0.1 ${primary.port}`]);
    // The Sentinels would do the same some ten seconds later: until then the old primary calls itself one.
    await this.#until('the old primary obeys', async () => {
      await administer(replica.url, async (redis) => {
        await redis.replicaof('127.0.0.1', primary.port);
        await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      });
      return true;
    });
    await this.#until('there is a primary with a replica in step', async () => {
      return (await isInStep(replica, primary)) && (await this.#agree(primary));
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sentinels.map((sentinel) => sentinel.stop()));
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  async #roles(): Promise<{ primary: RedisServer; replica: RedisServer }> {
    const port = await this.primaryPort();
    const [first, second] = this.#servers;
    return first.port === port ? { primary: first, replica: second } : { primary: second, replica: first };
  }

  async #promoted(next: RedisServer): Promise<void> {
    await this.#until('the other server is the primary', () => this.#agree(next));
    this.#failovers += 1;
  }

  /** Every Sentinel knows all others, one replica, and this primary, which is one. */
  async #agree(primary: RedisServer): Promise<boolean> {
    const views = await Promise.all(this.#sentinels.map((sentinel) => sentinel.primary()));
    const others = String(this.#sentinels.length - 1);
    const agreed = views.every(
      (view) =>
        view.get('port') === String(primary.port) &&
        view.get('flags') === 'master' &&
        view.get('num-slaves') === '1' &&
        view.get('num-other-sentinels') === others,
    );
    return agreed && (await replicationOf(primary)).includes('role:master');
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = this.#clock.monotonic() + SETTLED_WITHIN_MS;
    while (!(await condition().catch(() => false))) {
      if (this.#clock.monotonic() > deadline) {
        throw new FarmhandError(
          'START_FAILED',
          `Redis with a replica: waited ${SETTLED_WITHIN_MS / SECOND} s until ${what}`,
        );
      }
      await this.#clock.sleep(20);
    }
  }
}

/** The replica follows this primary, and has all that it has. */
async function isInStep(replica: RedisServer, primary: RedisServer): Promise<boolean> {
  const [own, lead] = await Promise.all([replicationOf(replica), replicationOf(primary)]);
  return (
    own.includes(`master_port:${primary.port}`) &&
    own.includes('master_link_status:up') &&
    /slave0:.*state=online/.test(lead) &&
    offset(own, 'slave_repl_offset') >= offset(lead, 'master_repl_offset')
  );
}

async function replicationOf(server: RedisServer): Promise<string> {
  return await administer(server.url, (redis) => redis.info('replication'));
}

function offset(replication: string, name: string): number {
  return Number(new RegExp(`${name}:(\\d+)`).exec(replication)?.[1] ?? Number.NaN);
}
