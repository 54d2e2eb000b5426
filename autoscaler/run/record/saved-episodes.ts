import { z } from 'zod';
import type { EpisodeRecord, EpisodeSummary } from '../episode.ts';

/** Episodes as run directories keep them, for reading them again. */

const number = z.number();

export const savedSummary: z.ZodType<EpisodeSummary> = z.strictObject({
  seed: number,
  steps: number,
  totalReward: number,
  meanReward: number,
  qos: number,
  qosCollected: number,
  meanStepQos: number,
  qosByQuartile: z.tuple([number, number, number, number]).nullable().default(null),
  submitted: number,
  processed: number,
  violations: number,
  unfinished: number,
  workers: z.strictObject({ mean: number, desired: number, parked: number, max: number }),
  scaling: z.strictObject({ up: number, down: number, noop: number }),
  durationS: number,
});

export const savedRecord: z.ZodType<EpisodeRecord> = z.strictObject({
  summary: savedSummary,
  rows: z.array(
    z.strictObject({
      step: number,
      atS: number,
      requestedDelta: number,
      appliedDelta: number,
      observation: z.tuple([number, number, number, number, number, number, number, number, number]),
      inFlight: number,
      active: number,
      reward: number,
      rewardTerms: z.record(z.string(), number),
    }),
  ),
});
