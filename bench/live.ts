import type { Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import { farmTimeOf } from '#shared/redis.ts';
import { measureGateway } from './live/gateway-overhead.ts';
import { measureIdle } from './live/idle.ts';
import { measureEnqueueToStart } from './live/latency.ts';
import { measureScaleUp, settleAt } from './live/scale-up.ts';
import { startOwnFarm } from './own-farm.ts';

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
  const { root, clock, onStep } = options;
  await using own = await startOwnFarm(options);
  const { handle, client, queue, redis, environment } = own;
  const { archive, roster } = queue;
  const parts = { farm: client, archive, roster, clock, farmTime: () => farmTimeOf(redis) };
  await client.call('POST', '/function/autoscaler/pause');
  onStep('does one task, so that the farm knows its kind');
  await measureEnqueueToStart({ farm: client, archive, clock, tasks: 1 });
  onStep(`scales to ${WORKERS} workers and leaves them idle`);
  await settleAt(parts, WORKERS);
  const idle = await measureIdle({ daemonPid: handle.pid, clock });
  onStep('submits single tasks to the idle farm');
  const enqueueToStartP99Ms = await measureEnqueueToStart({ farm: client, archive, clock, tasks: 300 });
  onStep('scales up by one worker, again and again');
  const one = await measureScaleUp(parts, { added: 1, rounds: 20 });
  onStep('scales up by eight workers at once, again and again');
  const eight = await measureScaleUp(parts, { added: 8, rounds: 5 });
  onStep('sends requests through the gateway and past it');
  const gatewayP50Ms = await measureGateway({ root, gatewayUrl: handle.url, clock, environment });
  return { workers: WORKERS, ...idle, enqueueToStartP99Ms, coldScaleUpP95Ms: { one, eight }, gatewayP50Ms };
}
