import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { loadConfig, type Environment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis, farmTimeOf } from '#shared/redis.ts';
import { ensureFarm } from '../local/launcher.ts';
import { stopFarm } from '../local/stop-farm.ts';
import { farmClient } from './live/farm-client.ts';
import { measureGateway } from './live/gateway-overhead.ts';
import { measureIdle } from './live/idle.ts';
import { measureEnqueueToStart } from './live/latency.ts';
import { measureScaleUp, settleAt } from './live/scale-up.ts';

/** What `farmhand bench live` prints. Each figure has its unit in its name. */
export interface LiveFigures {
  readonly workers: number;
  readonly pssPerIdleWorkerMB: number;
  readonly idleCpuPercent: number;
  readonly enqueueToStartP99Ms: number;
  /** From the decision to the first claim of each new worker. */
  readonly coldScaleUpP95Ms: { readonly one: number; readonly eight: number };
  /** What the gateway adds to a request. */
  readonly gatewayP50Ms: number;
}

const WORKERS = 32;

/** Measures a farm of its own, on a state folder of its own, that is gone when this resolves. */
export async function benchLive(options: {
  root: string;
  environment: Environment;
  clock: Clock;
  signal: AbortSignal;
  onStep: (sentence: string) => void;
}): Promise<LiveFigures> {
  const { root, clock, signal, onStep } = options;
  const stateFolder = mkdtempSync(join(tmpdir(), 'farmhand-bench-'));
  const environment: Environment = {
    ...options.environment,
    FARM_STATE_DIR: stateFolder,
    FARM_LOCAL_PORT: '0',
    FARM_FARM: `bench-${process.pid}`,
  };
  onStep('starts a farm of its own');
  try {
    const { farm } = await ensureFarm({ root, environment, tied: true, clock, signal });
    const client = farmClient(farm);
    const config = loadConfig(environment['FARM_FILE'] ?? join(root, 'farm.yml'), environment);
    const redis = await connectRedis({ url: farm.secrets.redisUrl, log: silentLogger });
    const { archive, roster } = openRedisFarm({ redis, config, client: 'bench' });
    const parts = { farm: client, archive, roster, clock, farmTime: () => farmTimeOf(redis) };
    try {
      await client.call('POST', '/function/autoscaler/pause');
      onStep('does one task, so that the farm knows its kind');
      await measureEnqueueToStart({ farm: client, archive, clock, tasks: 1 });
      onStep(`scales to ${WORKERS} workers and leaves them idle`);
      await settleAt(parts, WORKERS);
      const idle = await measureIdle({ daemonPid: farm.pid, clock });
      onStep('submits single tasks to the idle farm');
      const enqueueToStartP99Ms = await measureEnqueueToStart({ farm: client, archive, clock, tasks: 300 });
      onStep('scales up by one worker, again and again');
      const one = await measureScaleUp(parts, { added: 1, rounds: 20 });
      onStep('scales up by eight workers at once, again and again');
      const eight = await measureScaleUp(parts, { added: 8, rounds: 5 });
      onStep('sends requests through the gateway and past it');
      const gatewayP50Ms = await measureGateway({ root, gatewayUrl: farm.url, clock, environment });
      return { workers: WORKERS, ...idle, enqueueToStartP99Ms, coldScaleUpP95Ms: { one, eight }, gatewayP50Ms };
    } finally {
      redis.disconnect();
      await client.close();
    }
  } finally {
    await stopFarm({ root, environment, clock });
    rmSync(stateFolder, { recursive: true, force: true });
  }
}
