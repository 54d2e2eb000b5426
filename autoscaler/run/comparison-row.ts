import type { EpisodeSummary } from './episode.ts';
import type { PlayedContender } from './play/play.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** One policy in a comparison. Shares are 0 to 1; `…Sd` over episodes (n − 1), `…Ci` the mean's 95 % interval. */
export interface ComparisonRow {
  readonly policy: string;
  readonly deployable: boolean;
  readonly usesClock: boolean;
  /** Workload that it was trained on; null for a rule. */
  readonly trainedOn: string | null;
  /** Episodes behind the row. */
  readonly seeds: number;
  /** Of all submitted tasks; unfinished and dead-lettered ones are misses. */
  readonly qos: number;
  readonly qosSd: number;
  readonly qosCi: Spread['ci'];
  /** Of collected tasks, as the reference counts. */
  readonly qosCollected: number;
  /** Unweighted mean of the steps' windows: the reference's mean QoS. */
  readonly meanStepQos: number;
  /** QoS of each quarter of the workload's tasks by service time, the shortest first; null where the farm does not tell. */
  readonly qosByQuartile: readonly [number, number, number, number] | null;
  /** The least of those. */
  readonly worstQuartileQos: number | null;
  /** Time average of active workers: starting and draining ones included. */
  readonly meanWorkers: number;
  readonly meanWorkersSd: number;
  readonly meanWorkersCi: Spread['ci'];
  readonly desiredWorkers: number;
  readonly parkedWorkers: number;
  /** Mean over episodes of the most at once. */
  readonly maxWorkers: number;
  /** Steps that asked for a change, and steps that did not, an episode. */
  readonly scalingActions: number;
  readonly scalingActionsSd: number;
  readonly noops: number;
  /** Total of an episode. */
  readonly reward: number;
  readonly rewardSd: number;
}

/** @throws RangeError for a contender without episodes */
export function comparisonRow({ facts, summaries }: PlayedContender): ComparisonRow {
  const over = (of: (summary: (typeof summaries)[number]) => number): Spread => spreadOf(summaries.map(of));
  const qos = over((s) => s.qos);
  const workers = over((s) => s.workers.mean);
  const scaling = over((s) => s.scaling.up + s.scaling.down);
  const reward = over((s) => s.totalReward);
  const byQuartile = quartiles(summaries);
  return {
    policy: facts.name,
    deployable: facts.deployable,
    usesClock: facts.usesClock,
    trainedOn: facts.trainedOn,
    seeds: summaries.length,
    qos: qos.mean,
    qosSd: qos.sd,
    qosCi: qos.ci,
    qosCollected: over((s) => s.qosCollected).mean,
    meanStepQos: over((s) => s.meanStepQos).mean,
    qosByQuartile: byQuartile,
    worstQuartileQos: byQuartile === null ? null : Math.min(...byQuartile),
    meanWorkers: workers.mean,
    meanWorkersSd: workers.sd,
    meanWorkersCi: workers.ci,
    desiredWorkers: over((s) => s.workers.desired).mean,
    parkedWorkers: over((s) => s.workers.parked).mean,
    maxWorkers: over((s) => s.workers.max).mean,
    scalingActions: scaling.mean,
    scalingActionsSd: scaling.sd,
    noops: over((s) => s.scaling.noop).mean,
    reward: reward.mean,
    rewardSd: reward.sd,
  };
}

/** Means over episodes; null when one of them does not tell. */
function quartiles(summaries: readonly EpisodeSummary[]): ComparisonRow['qosByQuartile'] {
  const told = summaries.flatMap(({ qosByQuartile }) => (qosByQuartile === null ? [] : [qosByQuartile]));
  if (told.length < summaries.length) return null;
  const mean = (quarter: 0 | 1 | 2 | 3): number => told.reduce((sum, each) => sum + each[quarter], 0) / told.length;
  return [mean(0), mean(1), mean(2), mean(3)];
}
