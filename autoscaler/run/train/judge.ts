import type { EpisodeSummary } from '../episode.ts';
import { spreadOf } from '../statistics.ts';

/** How good a policy was, in means over episodes. */
export interface Verdict {
  readonly qos: number;
  readonly meanWorkers: number;
  /** Total of an episode. */
  readonly reward: number;
}

/** @throws RangeError without episodes */
export function judge(summaries: readonly EpisodeSummary[]): Verdict {
  const mean = (of: (summary: EpisodeSummary) => number): number => spreadOf(summaries.map(of)).mean;
  return { qos: mean((s) => s.qos), meanWorkers: mean((s) => s.workers.mean), reward: mean((s) => s.totalReward) };
}

/**
 * Whether `verdict` is better than `best`: by reward; or, with a `qosTarget`, by fewer workers among those that reach it, and
 * by QoS where none does. With 0.99: 0.991 at 14.2 workers is better than 0.998 at 15, and both are better than 0.97 at 12
 * (test/autoscaler/run/train/judge.test.ts). Of two as good the earlier stays.
 */
export function isBetter(verdict: Verdict, best: Verdict | null, qosTarget: number | null): boolean {
  if (best === null) return true;
  if (qosTarget === null) return verdict.reward > best.reward;
  const reaches = verdict.qos >= qosTarget;
  if (reaches !== best.qos >= qosTarget) return reaches;
  return reaches ? verdict.meanWorkers < best.meanWorkers : verdict.qos > best.qos;
}
