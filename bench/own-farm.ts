import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Clock } from '#shared/clock.ts';
import { loadConfig, type Environment, type FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm, type RedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import type { FarmHandle } from '../local/farm-record.ts';
import { ensureFarm } from '../local/launcher.ts';
import { Releases } from '../local/releases.ts';
import { stopFarm } from '../local/stop-farm.ts';
import { farmClient, type FarmClient } from './live/farm-client.ts';

/** A whole farm on this machine, as `farmhand up` starts it, on a state folder of its own: gateway, Redis and functions. */
export interface OwnFarm extends AsyncDisposable {
  readonly handle: FarmHandle;
  readonly client: FarmClient;
  readonly config: FarmConfig;
  /** What it was started with. */
  readonly environment: Environment;
  readonly redis: Redis;
  readonly queue: RedisFarm;
  /** Ends all of it and removes its folder. Idempotent. */
  readonly stop: () => Promise<void>;
}

export interface OwnFarmOptions {
  readonly root: string;
  readonly environment: Environment;
  readonly clock: Clock;
  /** Gives the start up. */
  readonly signal: AbortSignal;
  /** FARM_ variables over those of the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told what is being done, a sentence a step. */
  readonly onStep?: (sentence: string) => void;
}

/** Throws what `ensureFarm` throws; what was started until then is stopped. */
export async function startOwnFarm(options: OwnFarmOptions): Promise<OwnFarm> {
  const releases = new Releases(silentLogger);
  try {
    return await start(options, releases);
  } catch (thrown) {
    await releases.release();
    throw thrown;
  }
}

async function start(options: OwnFarmOptions, releases: Releases): Promise<OwnFarm> {
  const { root, clock, signal, settings, onStep } = options;
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-own-'));
  releases.add('folder', async () => rmSync(folder, { recursive: true, force: true }));
  const environment: Environment = {
    ...options.environment,
    FARM_STATE_DIR: folder,
    FARM_LOCAL_PORT: '0',
    // Where REDIS_URL is given, farms share one Redis.
    FARM_FARM: `own-${folder.slice(-6).toLowerCase()}`,
    ...settings,
  };
  onStep?.('starts a farm of its own');
  releases.add('farm', async () => {
    await stopFarm({ root, environment, clock });
  });
  const { farm: handle } = await ensureFarm({ root, environment, tied: true, clock, signal });
  const client = farmClient(handle);
  releases.add('client', () => client.close());
  const config = loadConfig(environment['FARM_FILE'] ?? join(root, 'farm.yml'), environment);
  const connect = async (): Promise<Redis> => {
    const redis = await connectRedis({ url: handle.secrets.redisUrl, log: silentLogger });
    releases.add('connection', async () => redis.disconnect());
    return redis;
  };
  const redis = await connect();
  const queue = openRedisFarm({ redis, blocking: await connect(), config, client: 'bench' });
  const stop = (): Promise<void> => releases.release();
  return { handle, client, config, environment, redis, queue, stop, [Symbol.asyncDispose]: stop };
}
