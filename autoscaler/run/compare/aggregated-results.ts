import type { ComparisonRow } from '../comparison-row.ts';
import type { EpisodeRecord, EpisodeSummary } from '../episode.ts';
import type { PlayedContender } from '../play/play.ts';
import { spreadOf } from '../statistics.ts';

/**
 * A comparison in the shape of the reference's aggregated_results.json: agents by name, each with `records` (series by step)
 * and a `summary` of means and deviations (n − 1; the reference divides by n). `rows` is the table that the command prints.
 * Records are those of the kept episodes; the summary is over all.
 */
export function aggregatedResults(rows: readonly ComparisonRow[], played: readonly PlayedContender[]): object {
  const agents = played.map(({ facts, summaries, records }) => [
    facts.name,
    { records: records.map(recordSeries), summary: summaryOf(summaries) },
  ]);
  return { rows, agents: Object.fromEntries(agents) as object };
}

function recordSeries({ summary, rows }: EpisodeRecord): object {
  return {
    rewards: rows.map((row) => row.reward),
    qos_rates: rows.map((row) => row.observation[8]),
    worker_counts: rows.map((row) => row.observation[4]),
    actions: rows.map((row) => row.requestedDelta),
    queue_lengths: rows.map((row) => row.observation[1]),
    avg_times: rows.map((row) => row.observation[5]),
    max_times: rows.map((row) => row.observation[6]),
    arrival_rates: rows.map((row) => row.observation[7]),
    summary: Object.fromEntries(metrics.map(([name, of]) => [name, of(summary)])) as object,
  };
}

const metrics: readonly (readonly [name: string, of: (summary: EpisodeSummary) => number])[] = [
  ['steps', (s) => s.steps],
  ['total_reward', (s) => s.totalReward],
  ['mean_reward', (s) => s.meanReward],
  ['qos', (s) => s.qos],
  ['final_qos_total', (s) => s.qosCollected],
  ['mean_qos', (s) => s.meanStepQos],
  ['mean_workers', (s) => s.workers.mean],
  ['max_workers', (s) => s.workers.max],
  ['scaling_actions', (s) => s.scaling.up + s.scaling.down],
  ['noop_actions', (s) => s.scaling.noop],
];

function summaryOf(summaries: readonly EpisodeSummary[]): object {
  const spreads = metrics.map(([name, of]) => {
    const { mean, sd } = spreadOf(summaries.map(of));
    return [name, { mean, std: sd }];
  });
  return Object.fromEntries(spreads) as object;
}
