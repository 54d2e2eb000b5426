import type { EpisodeRecord, EpisodeSummary, StepRow } from '#autoscaler/run/episode.ts';
import type { ComparisonRow } from '#autoscaler/run/comparison-row.ts';
import type { Conditions } from '#autoscaler/run/plots/theme.ts';

/** Episodes by formula: what figures show of them is of no interest, only that it comes from them. */

export const conditions: Conditions = {
  workload: 'reference',
  profile: 'farmhand',
  dispatch: 'fifo',
  actions: 'one',
  seeds: '3 held-out seeds',
};

export function exampleRow(step: number, seed: number): StepRow {
  const waiting = (step * seed) % 7;
  const qos = 1 - waiting / 20;
  return {
    step,
    atS: 8 * step,
    requestedDelta: step % 2,
    appliedDelta: step % 2,
    observation: [3, waiting, 0, 40 * step, 12 + (step % 5), 1.5 + waiting / 10, 3 + waiting, 5 + (step % 3), qos],
    inFlight: 7,
    active: 12.5 + (step % 5),
    reward: 36 * (qos - 0.95) + 3.6 - 0.08,
    rewardTerms: { qos: 36 * (qos - 0.95), calm: 3.6, scaling: -0.08, completion: 0 },
  };
}

export function exampleSummary(seed: number): EpisodeSummary {
  return {
    seed,
    steps: 30,
    totalReward: 150 - seed,
    meanReward: (150 - seed) / 30,
    qos: 1 - seed / 100,
    qosCollected: 1 - seed / 100,
    meanStepQos: 1 - seed / 200,
    qosByQuartile: [1, 1, 1, 1 - seed / 25],
    submitted: 1140,
    processed: 1140,
    violations: 11,
    unfinished: 0,
    workers: { mean: 14 + seed / 10, desired: 14, parked: 0, max: 17 },
    scaling: { up: 12, down: seed, noop: 18 - seed },
    durationS: 240,
  };
}

export function exampleEpisode(seed: number, steps = 30): EpisodeRecord {
  return { summary: exampleSummary(seed), rows: Array.from({ length: steps }, (_, i) => exampleRow(i + 1, seed)) };
}

export function exampleComparison(policy: string, changed: Partial<ComparisonRow> = {}): ComparisonRow {
  return {
    policy,
    deployable: true,
    usesClock: false,
    trainedOn: null,
    seeds: 3,
    qos: 0.99,
    qosSd: 0.01,
    qosCi: [0.985, 0.995],
    qosCollected: 0.99,
    meanStepQos: 0.99,
    qosByQuartile: [0.98, 0.99, 0.99, 1],
    worstQuartileQos: 0.98,
    meanWorkers: 14.5,
    meanWorkersSd: 0.5,
    meanWorkersCi: [14.2, 14.8],
    desiredWorkers: 14,
    parkedWorkers: 0,
    maxWorkers: 17,
    scalingActions: 24,
    scalingActionsSd: 2,
    noops: 5,
    reward: 150,
    rewardSd: 5,
    ...changed,
  };
}
