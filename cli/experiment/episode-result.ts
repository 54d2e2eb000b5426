import type { EpisodeSummary } from '#autoscaler/run/episode.ts';
import { spreadOf, type Spread } from '#autoscaler/run/statistics.ts';

/** One simulated episode for programs, in the words of `farmhand run --json`. */
export interface EpisodeResult {
  readonly seed: number;
  readonly submitted: number;
  readonly completed: number;
  readonly deadLettered: number;
  readonly unfinished: number;
  readonly qos: number;
  readonly qosCollected: number;
  readonly workers: { readonly mean: number; readonly max: number; readonly desired: number };
  readonly scaling: EpisodeSummary['scaling'];
  readonly reward: number;
  readonly steps: number;
  readonly durationS: number;
}

export function episodeResult(summary: EpisodeSummary): EpisodeResult {
  const { workers, submitted, processed, unfinished } = summary;
  return {
    seed: summary.seed,
    submitted,
    completed: processed,
    deadLettered: submitted - processed - unfinished,
    unfinished,
    qos: summary.qos,
    qosCollected: summary.qosCollected,
    workers: { mean: workers.mean, max: workers.max, desired: workers.desired },
    scaling: summary.scaling,
    reward: summary.totalReward,
    steps: summary.steps,
    durationS: summary.durationS,
  };
}

/** Mean, deviation and 95 % interval of each figure, over episodes. */
export interface EpisodeSpreads {
  readonly qos: Spread;
  readonly qosCollected: Spread;
  readonly meanStepQos: Spread;
  readonly workers: { readonly mean: Spread; readonly max: Spread; readonly desired: Spread };
  readonly scaling: { readonly up: Spread; readonly down: Spread; readonly noop: Spread };
  readonly reward: Spread;
  readonly durationS: Spread;
}

export function episodeSpreads(summaries: readonly EpisodeSummary[]): EpisodeSpreads {
  const over = (of: (summary: EpisodeSummary) => number): Spread => spreadOf(summaries.map(of));
  return {
    qos: over((s) => s.qos),
    qosCollected: over((s) => s.qosCollected),
    meanStepQos: over((s) => s.meanStepQos),
    workers: {
      mean: over((s) => s.workers.mean),
      max: over((s) => s.workers.max),
      desired: over((s) => s.workers.desired),
    },
    scaling: { up: over((s) => s.scaling.up), down: over((s) => s.scaling.down), noop: over((s) => s.scaling.noop) },
    reward: over((s) => s.totalReward),
    durationS: over((s) => s.durationS),
  };
}
