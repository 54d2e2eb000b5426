import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { RedisFarm } from '#shared/queue/redis-farm.ts';
import type { Workload } from '#shared/workload/workload.ts';
import type { FarmClient } from '../live/farm-client.ts';

/** A farm that plays one workload again and again. */
export interface PlayedFarm {
  readonly client: FarmClient;
  readonly queue: Pick<RedisFarm, 'observer'>;
  readonly workload: Workload;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface PlayedRun {
  readonly policy: string;
  /** Decides beside it; null: nobody. */
  readonly shadow: string | null;
  readonly seed: number;
}

const LOOK_EVERY_MS = 0.2 * SECOND;
/** Steps after the last task in which the loop still looks. */
const LAST_STEPS = 2;

/** What an episode of the workload is controlled with. */
export function controlOf({ workload, config }: { workload: Workload; config: FarmConfig }): FarmConfig['control'] {
  const { stepDurationS, observationWindowS, initialWorkers, maxSteps } = workload.control;
  return { ...config.control, stepDurationS, observationWindowS, initialWorkers, maxSteps };
}

/** Plays an episode until all its tasks are collected; gives the farm time (ms since 1970) at which it began. */
export async function playRun(farm: PlayedFarm & { config: FarmConfig }, run: PlayedRun): Promise<number> {
  const { client, workload, clock, signal, queue } = farm;
  const { policy, shadow, seed } = run;
  await client.call('POST', '/function/autoscaler/episodes', { ...controlOf(farm), policy });
  if (shadow !== null) await client.call('PUT', '/function/autoscaler/policy', { shadow });
  const { at, totals } = await queue.observer.read(0);
  const started = await client.call('POST', '/function/emitter/runs', {
    workload: workload.name,
    seed,
    kind: workload.kind,
  });
  const { total } = started as { total: number };
  const deadlineMs = clock.monotonic() + lengthMs(workload) + MINUTE;
  for (;;) {
    const { collected, dead } = (await queue.observer.read(0)).totals;
    if (collected - totals.collected + (dead - totals.dead) >= total) break;
    if (clock.monotonic() > deadlineMs) {
      throw new FarmhandError(
        'START_FAILED',
        `${policy} on ${workload.name}: not all ${total} tasks were done in time`,
      );
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
  }
  await clock.sleep(LAST_STEPS * workload.control.stepDurationS * SECOND, signal);
  signal.throwIfAborted();
  return at;
}

function lengthMs({ arrivals }: Workload): number {
  return arrivals.reduce((sum, { durationS }) => sum + durationS * SECOND, 0);
}
