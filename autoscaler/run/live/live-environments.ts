import { SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import type { Environment } from '../../env/environment.ts';
import { LiveEnvironment } from '../../env/live-environment.ts';
import { GatewayClient } from '../../scaler/gateway-client.ts';
import { GatewayScaler } from '../../scaler/gateway-scaler.ts';
import type { Environments } from '../environments.ts';
import { actionsOf, rewardOf, type Scenario } from '../scenario.ts';
import type { OthersWork } from './clear-farm.ts';
import type { FunctionCalls } from './function-calls.ts';
import { RealFarm } from './real-farm.ts';

/** A farm that is up, and the keys to it. */
export interface FarmAccess {
  /** Its gateway's. */
  readonly url: string;
  readonly redisUrl: string;
  /** Of the gateway's own API; null: it asks for none. */
  readonly gatewayUser: string | null;
  readonly gatewayPassword: string | null;
  /** Its functions, with the farm's token. */
  readonly functions: FunctionCalls;
}

export interface LiveParts {
  readonly farm: FarmAccess;
  /** What the farm was started with. */
  readonly config: FarmConfig;
  /** What becomes of work that others have in the farm. */
  readonly others: OthersWork;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends every wait of the environments. */
  readonly signal: AbortSignal;
}

const GATEWAY_TIMEOUT_MS = 5 * SECOND;

/**
 * Environments on one farm that is up; one at a time. Each has the farm to itself from its first reset until it is closed,
 * which gives the farm back to its own autoscaler; the farm stays up. Deadlines are the farm's own (farm.yml's).
 */
export function liveEnvironments(parts: LiveParts): Environments {
  return { parallel: false, open: (scenario) => openLiveEnvironment(parts, scenario) };
}

/** @throws REDIS_UNREACHABLE, REDIS_REFUSED. Nothing in the farm is changed before the first reset. */
async function openLiveEnvironment(parts: LiveParts, scenario: Scenario): Promise<Environment> {
  const { config, farm, clock, log } = parts;
  const { workload, minWorkers, maxWorkers } = scenario;
  const client = `live-${process.pid}-${Math.round(clock.farmTime())}`;
  const redis = await connectRedis({ url: farm.redisUrl, log });
  const blocking = await connectRedis({ url: farm.redisUrl, log });
  const gateway = new GatewayClient({
    url: farm.url,
    namespace: config.gateway.namespace,
    user: farm.gatewayUser,
    password: farm.gatewayPassword,
    timeoutMs: GATEWAY_TIMEOUT_MS,
  });
  let orders = 0;
  const real = new RealFarm({
    ...parts,
    queue: openRedisFarm({ redis, blocking, config, client }),
    scaler: new GatewayScaler({ gateway, functionName: config.gateway.workerFunction, clock, log }),
    functions: farm.functions,
    workload,
    settings: { ...config.control, ...workload.control, minWorkers, maxWorkers },
    longestTaskMs: config.worker.maxTaskS * SECOND,
    newOrder: () => `${client}-${(orders += 1)}`,
    onReleased() {
      redis.disconnect();
      blocking.disconnect();
    },
  });
  return new LiveEnvironment({
    ...parts,
    farm: real,
    workload,
    actions: actionsOf(scenario),
    reward: rewardOf(scenario),
  });
}
