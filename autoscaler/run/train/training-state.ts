import { z } from 'zod';
import { closedObject } from '#shared/parse.ts';
import type { EpisodeSummary } from '../episode.ts';
import { aggregateMetrics, episodeMetrics } from '../record/episode-metrics.ts';
import { savedSummary } from '../record/saved-episodes.ts';
import type { Verdict } from './judge.ts';

/** One training episode. */
export interface TrainingPoint {
  /** From 1. */
  readonly episode: number;
  readonly summary: EpisodeSummary;
  /** How much the learner explored in it, 0 to 1. */
  readonly exploration: number;
  /** Mean over its updates; null where none happened. */
  readonly loss: number | null;
  readonly updates: number;
}

/** One check of the greedy policy, after a training episode. */
export interface CheckPoint {
  readonly episode: number;
  readonly summaries: readonly EpisodeSummary[];
}

/** Where a training is, besides its learner. */
export interface Progress {
  /** Episodes that are done. */
  readonly episodes: number;
  /** Those that are kept (kept-episodes.ts). */
  readonly training: readonly TrainingPoint[];
  readonly checks: readonly CheckPoint[];
  /** The best check so far. */
  readonly best: { readonly episode: number; readonly verdict: Verdict } | null;
}

/** What a checkpoint keeps: the progress, and what of other files belongs to it. */
export interface TrainingState extends Progress {
  /** The learner at that point: a folder below checkpoint/. */
  readonly learner: string;
  /** Length of training_steps.csv at that point: what a crash left behind it is cut off. */
  readonly stepsBytes: number;
}

const verdict = closedObject({ qos: z.number(), meanWorkers: z.number(), reward: z.number() });

export const trainingStateSchema: z.ZodType<TrainingState> = closedObject({
  episodes: z.int().nonnegative(),
  training: z.array(
    closedObject({
      episode: z.int(),
      summary: savedSummary,
      exploration: z.number(),
      loss: z.number().nullable(),
      updates: z.int(),
    }),
  ),
  checks: z.array(closedObject({ episode: z.int(), summaries: z.array(savedSummary) })),
  best: closedObject({ episode: z.int(), verdict }).nullable(),
  learner: z.string().regex(/^ep\d+$/),
  stepsBytes: z.int().nonnegative(),
});

/** The rows of training_metrics.json, in the reference's keys. */
export function trainingMetrics({ training }: Progress): object[] {
  return training.map(({ episode, summary, exploration, loss, updates }) => ({
    episode,
    ...episodeMetrics(summary),
    epsilon: exploration,
    mean_loss: loss,
    updates,
  }));
}

/** The rows of evaluation_metrics.json, in the reference's keys. */
export function evaluationMetrics({ checks }: Progress): object[] {
  return checks.map(({ episode, summaries }) => ({ episode, ...aggregateMetrics(summaries) }));
}
