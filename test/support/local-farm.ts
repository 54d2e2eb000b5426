import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, processEnvironment, type Environment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm, type RedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis, farmTimeOf } from '#shared/redis.ts';
import { farmClient, type FarmClient } from '../../bench/live/farm-client.ts';
import { findFarm, type FarmHandle } from '../../local/farm-record.ts';
import { ensureFarm } from '../../local/launcher.ts';
import { stateFolder } from '../../local/state-folder.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import { clock } from './farm.ts';

export const projectRoot = join(import.meta.dirname, '../..');

/** A whole farm on this machine, as `farmhand up` starts it: gateway, Redis and functions, on a state folder of its own. */
export interface LocalFarm {
  readonly handle: FarmHandle;
  readonly client: FarmClient;
  readonly queue: RedisFarm;
  readonly environment: Environment;
  /** Redis TIME, ms. */
  farmTime(): Promise<number>;
  /** Tasks in workers' hands: task → member. */
  claims(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export async function startLocalFarm(overrides: Readonly<Record<string, string>> = {}): Promise<LocalFarm> {
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
  const environment: Environment = {
    ...processEnvironment(),
    FARM_STATE_DIR: folder,
    FARM_LOCAL_PORT: '0',
    FARM_FARM: `test-${folder.slice(-6).toLowerCase()}`,
    ...overrides,
  };
  await ensureFarm({ root: projectRoot, environment, tied: true, clock, signal: new AbortController().signal });
  const handle = findFarm(stateFolder({ root: projectRoot, environment }));
  if (handle === null) throw new Error('the farm went down at once');
  const redis = await connectRedis({ url: handle.secrets.redisUrl, log: silentLogger });
  const config = loadConfig(join(projectRoot, 'farm.yml'), environment);
  const client = farmClient(handle);
  const queue = openRedisFarm({ redis, config, client: 'test' });
  return {
    handle,
    client,
    queue,
    environment,
    farmTime: () => farmTimeOf(redis),
    async claims() {
      const held = await redis.zrange(queue.keys.lease, '0', '-1');
      return Object.fromEntries(held.map((claim) => claim.split(' ').reverse() as [string, string]));
    },
    async close() {
      redis.disconnect();
      await client.close();
      await stopFarm({ root: projectRoot, environment, clock });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
