import { z } from 'zod';
import type { FarmClient } from '../live/farm-client.ts';
import type { SoakPlan } from './plan.ts';

/** What the autoscaler did during a soak. */
export interface SoakEpisode {
  readonly workers: { readonly mean: number | null; readonly max: number | null };
  readonly steps: number;
  readonly scaling: { readonly up: number; readonly down: number; readonly noop: number };
}

const reading = z.object({
  steps: z.number(),
  scaling: z.object({ up: z.number(), down: z.number(), noop: z.number() }),
  workers: z.object({ mean: z.number().nullable(), max: z.number().nullable() }),
});

/** Starts the episode that scales up and down with the load, whose steps are as long as the load's. */
export async function startSoakEpisode(farm: Pick<FarmClient, 'call'>, plan: SoakPlan): Promise<void> {
  const { levels, stepS, policy } = plan;
  await farm.call('POST', '/function/autoscaler/episodes', {
    policy,
    stepDurationS: stepS,
    observationWindowS: stepS,
    initialWorkers: Math.ceil(levels.reduce((sum, level) => sum + level, 0) / levels.length),
    minWorkers: 1,
    maxWorkers: 2 * Math.max(...levels),
    maxScalingStep: Math.max(...levels),
  });
}

export async function readSoakEpisode(farm: Pick<FarmClient, 'call'>): Promise<SoakEpisode> {
  return reading.parse(await farm.call('GET', '/function/autoscaler/episodes/current'));
}
