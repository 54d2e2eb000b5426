import { cpus, loadavg, totalmem } from 'node:os';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis, farmTimeOf } from '#shared/redis.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { ScaleDown } from '../../loop/scale-down.ts';
import { GatewayClient } from '../../scaler/gateway-client.ts';
import { GatewayScaler } from '../../scaler/gateway-scaler.ts';
import type { FarmAccess } from '../live/live-environments.ts';
import { RealFarm } from '../live/real-farm.ts';
import type { Provenance } from '../record/provenance.ts';
import { profileOf, type LiveCalibration } from './live-calibration.ts';
import type { MeasuredFarm } from './measured-farm.ts';
import { measureScaling, type ScalingRound } from './scaling-times.ts';
import { calibrationWorkload, measureTaskTimes, WORKERS } from './task-times.ts';

export interface LiveCalibrationOptions {
  /** A farm that is nobody else's. */
  readonly farm: FarmAccess;
  readonly config: FarmConfig;
  readonly plan: LivePlan;
  readonly provenance: Provenance;
  readonly command: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told what is being measured, a sentence a step. */
  readonly onStep: (sentence: string) => void;
}

/** How much is measured. */
export interface LivePlan {
  /** Emission of the steady load, s: eight tasks a second. */
  readonly steadyS: number;
  readonly ones: number;
  readonly fours: number;
}

/** About a minute and a half. */
export const fullLivePlan: LivePlan = { steadyS: 25, ones: 14, fours: 5 };
/** About half of that. */
export const quickLivePlan: LivePlan = { steadyS: 8, ones: 4, fours: 2 };

const GATEWAY_TIMEOUT_MS = 5 * SECOND;
const LOOKS = 40;

/** Measures what a farm adds to its tasks, and what scaling takes, with tasks that wait their service time out. */
export async function calibrateLive(options: LiveCalibrationOptions): Promise<LiveCalibration> {
  const { farm, config, clock, log, plan, signal, onStep } = options;
  const date = new Date(clock.farmTime()).toISOString();
  const loadBefore = loadavg()[0] ?? 0;
  const redis = await connectRedis({ url: farm.redisUrl, log });
  const blocking = await connectRedis({ url: farm.redisUrl, log });
  const client = `calibrate-${process.pid}`;
  const queue = openRedisFarm({ redis, blocking, config, client });
  const gateway = new GatewayClient({
    url: farm.url,
    namespace: config.gateway.namespace,
    user: farm.gatewayUser,
    password: farm.gatewayPassword,
    timeoutMs: GATEWAY_TIMEOUT_MS,
  });
  const scaler = new GatewayScaler({ gateway, functionName: config.gateway.workerFunction, clock, log });
  let orders = 0;
  const newOrder = (): string => `${client}-${(orders += 1)}`;
  const workload = calibrationWorkload(findWorkload('reference', config), plan.steadyS);
  const real = new RealFarm({
    ...options,
    ...{ queue, scaler, functions: farm.functions, workload, newOrder },
    settings: { ...config.control, ...workload.control },
    others: 'refuse',
    longestTaskMs: config.worker.maxTaskS * SECOND,
    onReleased() {
      redis.disconnect();
      blocking.disconnect();
    },
  });
  const scaleDown = new ScaleDown({ drain: queue.roster, scaler, clock, log, newOrder });
  const measured: MeasuredFarm = { queue, scaler, scaleDown, real, farmTime: () => farmTimeOf(redis), clock, signal };
  try {
    onStep(`starts a steady load on ${WORKERS} workers, again and again, and plays it for ${plan.steadyS} s`);
    const taskTimes = await measureTaskTimes(measured);
    onStep(`scales up and down by one worker ${plan.ones} times, by four ${plan.fours} times`);
    const scalingTimes = await measureScaling(measured, rounds(plan), () => undefined);
    const look = await measureLooks(real);
    const [cpu] = cpus();
    const machine = { cpu: cpu?.model ?? 'unknown', cores: cpus().length, memoryGB: Math.round(totalmem() / 1e9) };
    return profileOf(
      { ...taskTimes, ...scalingTimes, look },
      { ...options.provenance, command: options.command, date, machine, loadBefore },
    );
  } finally {
    await real.release();
  }
}

/** By one where the reference's episodes start, and by four from few workers. */
function rounds({ ones, fours }: LivePlan): ScalingRound[] {
  const of = (times: number, round: ScalingRound): ScalingRound[] => Array.from({ length: times }, () => round);
  return [...of(ones, { from: 12, added: 1 }), ...of(fours, { from: 8, added: 4 })];
}

async function measureLooks(real: RealFarm): Promise<number[]> {
  const ages: number[] = [];
  for (let i = 0; i < LOOKS; i += 1) ages.push((await real.look(8 * SECOND)).ageMs);
  return ages;
}
