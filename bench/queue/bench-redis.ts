import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { connectRedis } from '#shared/redis.ts';
import { getRedis } from '../../local/redis/get-redis.ts';
import { startPrivateRedis } from '../../local/redis/private-redis.ts';
import { stateFolder } from '../../local/state-folder.ts';

/** When Redis writes what it has accepted to its file: never; to the disk once a second; before it answers. */
export const aofModes = ['off', 'everysec', 'always'] as const;
export type AofMode = (typeof aofModes)[number];

/** A Redis server that nobody else uses, gone with all its data when it is closed. */
export interface BenchRedis {
  readonly url: string;
  readonly version: string;
  /** Deletes everything and sets when it writes to disk. */
  reset(aof: AofMode): Promise<void>;
  /** CPU time of its process so far, all threads, s. */
  cpuSeconds(): Promise<number>;
  /** Bytes of data and structures (used_memory). */
  usedMemory(): Promise<number>;
  close(): Promise<void>;
}

export async function openBenchRedis(options: {
  root: string;
  environment: Environment;
  clock: Clock;
  onStep: (sentence: string) => void;
}): Promise<BenchRedis> {
  const { root, environment, clock, onStep } = options;
  const program = await getRedis({
    folder: stateFolder({ root, environment }).redisProgram,
    path: environment['PATH'],
    onStep,
  });
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-bench-redis-'));
  const logFile = join(folder, 'redis.log');
  const server = await startPrivateRedis({ program, folder, logFile, clock, log: silentLogger });
  const redis = await connectRedis({ url: server.url, log: silentLogger });

  const figure = async (section: string, field: string): Promise<number> => {
    const found = new RegExp(`^${field}:(.*)\\r?$`, 'm').exec(await redis.info(section));
    if (found === null) throw new Error(`INFO ${section} of this Redis does not tell ${field}`);
    return Number(found[1]);
  };
  return {
    url: server.url,
    version: program.version,
    async reset(aof) {
      await redis.config('SET', 'appendfsync', aof === 'always' ? 'always' : 'everysec');
      await redis.config('SET', 'appendonly', aof === 'off' ? 'no' : 'yes');
      await redis.flushall();
      while ((await figure('persistence', 'aof_rewrite_in_progress')) + (await scheduled()) > 0) await clock.sleep(5);
    },
    cpuSeconds: async () => (await figure('cpu', 'used_cpu_user')) + (await figure('cpu', 'used_cpu_sys')),
    usedMemory: () => figure('memory', 'used_memory'),
    async close() {
      redis.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  function scheduled(): Promise<number> {
    return figure('persistence', 'aof_rewrite_scheduled');
  }
}
