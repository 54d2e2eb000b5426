import type { EpisodeSummary } from '../episode.ts';
import { spreadOf } from '../statistics.ts';

/**
 * An episode in the keys of the reference's training_metrics.json (task-farm reference, train_sarsa.py). Deviations:
 * 1. `final_qos` is the reference's share of *collected* tasks; `qos` beside it is of all submitted ones.
 * 2. `mean_workers` averages active workers over time; the reference averages desired ones over steps, which is nearest to
 *    `mean_desired_workers`.
 */
export interface EpisodeMetrics {
  readonly seed: number;
  readonly steps: number;
  readonly total_reward: number;
  readonly mean_reward: number;
  readonly qos: number;
  readonly final_qos: number;
  readonly mean_qos: number;
  readonly submitted_tasks: number;
  readonly processed_tasks: number;
  readonly unfinished_tasks: number;
  readonly qos_violations: number;
  readonly mean_workers: number;
  readonly mean_desired_workers: number;
  readonly mean_parked_workers: number;
  readonly max_workers: number;
  readonly scale_up_count: number;
  readonly scale_down_count: number;
  readonly scaling_actions: number;
  readonly noop_count: number;
  readonly duration_s: number;
}

export function episodeMetrics(summary: EpisodeSummary): EpisodeMetrics {
  const { workers, scaling } = summary;
  return {
    seed: summary.seed,
    steps: summary.steps,
    total_reward: summary.totalReward,
    mean_reward: summary.meanReward,
    qos: summary.qos,
    final_qos: summary.qosCollected,
    mean_qos: summary.meanStepQos,
    submitted_tasks: summary.submitted,
    processed_tasks: summary.processed,
    unfinished_tasks: summary.unfinished,
    qos_violations: summary.violations,
    mean_workers: workers.mean,
    mean_desired_workers: workers.desired,
    mean_parked_workers: workers.parked,
    max_workers: workers.max,
    scale_up_count: scaling.up,
    scale_down_count: scaling.down,
    scaling_actions: scaling.up + scaling.down,
    noop_count: scaling.noop,
    duration_s: summary.durationS,
  };
}

/** `mean_<metric>` and `std_<metric>` (n − 1) of each metric, as the reference's evaluation_metrics.json names them. */
export function aggregateMetrics(summaries: readonly EpisodeSummary[]): Record<string, number> {
  const episodes = summaries.map(episodeMetrics);
  const [first] = episodes;
  if (first === undefined) return {};
  const aggregates: Record<string, number> = { eval_episodes: episodes.length };
  for (const name of Object.keys(first) as (keyof EpisodeMetrics)[]) {
    if (name === 'seed') continue;
    const { mean, sd } = spreadOf(episodes.map((episode) => episode[name]));
    aggregates[`mean_${name}`] = mean;
    aggregates[`std_${name}`] = sd;
  }
  return aggregates;
}
