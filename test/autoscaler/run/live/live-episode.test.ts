import { describe, expect, it } from 'vitest';
import { costReward } from '#autoscaler/env/cost-reward.ts';
import { liveEpisode, type LiveDecision, type LiveFacts } from '#autoscaler/run/live/live-episode.ts';

const START = 1_000_000;

function decision(step: number, workers: number, more: Partial<LiveDecision> & { qos?: number } = {}): LiveDecision {
  const { qos = 1, ...rest } = more;
  return {
    at: START + step * 8_000,
    observation: [0, step, 0, 0, workers, 1, 2, 3, qos],
    ...{ inFlight: 5, active: workers, requested: null },
    ...rest,
  };
}

/** Four steps: one more, none, one fewer that still drains at the fourth; the run ends in the fourth. */
const facts: LiveFacts = {
  seed: 7,
  startedAt: START,
  endedAt: START + 30_000,
  decisions: [
    { ...decision(0, 3), at: START - 10 },
    decision(1, 3, { requested: 4 }),
    decision(2, 4, { qos: 0.5 }),
    decision(3, 4, { requested: 3 }),
    decision(4, 4),
    decision(5, 3),
  ],
  tasks: { submitted: 20, completed: 18, met: 15, dead: 1 },
  qosByQuartile: [0.8, 0.9, 1, 0.7],
  late: [START + 1_000, START + 20_000, START + 29_000],
  workers: { mean: 3.6, max: 4 },
  reward: costReward({ lateCost: 10 }),
};

describe('an episode of a control loop', () => {
  it('has a row for each step from the start of the run to the first look after its end', () => {
    const { rows } = liveEpisode(facts);
    expect(rows.map(({ step, atS }) => [step, atS])).toEqual([
      [1, 8],
      [2, 16],
      [3, 24],
      [4, 32],
    ]);
    expect(rows.map(({ observation }) => observation[1])).toEqual([1, 2, 3, 4]);
  });

  it('shows with each look what was asked for a step before, and what has come of it', () => {
    const { rows, summary } = liveEpisode(facts);
    expect(rows.map(({ requestedDelta }) => requestedDelta)).toEqual([0, 1, 0, -1]);
    expect(rows.map(({ appliedDelta }) => appliedDelta)).toEqual([0, 1, 0, 0]);
    expect(summary.scaling).toEqual({ up: 1, down: 1, noop: 2 });
  });

  it('judges each step by its worker-seconds and by the tasks that were found late in it', () => {
    const { rows, summary } = liveEpisode(facts);
    expect(rows.map(({ rewardTerms }) => rewardTerms)).toEqual([
      { workers: -2.4, late: -1 },
      { workers: -3.2, late: -0 },
      { workers: -3.2, late: -1 },
      { workers: -3.2, late: -1 },
    ]);
    expect(summary.totalReward).toBeCloseTo(-15);
  });

  it('counts the rest as the audit does', () => {
    expect(liveEpisode(facts).summary).toMatchObject({
      ...{ seed: 7, steps: 4, submitted: 20, processed: 18, violations: 3, unfinished: 1, qos: 15 / 20 },
      ...{ qosCollected: 15 / 18, meanStepQos: 3.5 / 4, durationS: 30, qosByQuartile: [0.8, 0.9, 1, 0.7] },
      workers: { mean: 3.6, desired: 15 / 4, parked: 0, max: 4 },
    });
  });

  it('that was cut off keeps every look, and its unfinished tasks were late at the last one', () => {
    const { rows, summary } = liveEpisode({ ...facts, endedAt: null });
    expect(rows).toHaveLength(5);
    expect(rows.at(-1)!.rewardTerms['late']).toBeCloseTo(-1);
    expect(summary.durationS).toBe(40);
  });

  it('without any look has no rows, and no figure that is not a number', () => {
    const { rows, summary } = liveEpisode({
      ...facts,
      decisions: [],
      tasks: { submitted: 0, completed: 0, met: 0, dead: 0 },
    });
    expect(rows).toEqual([]);
    expect(summary).toMatchObject({ qos: 1, qosCollected: 1, totalReward: 0, meanStepQos: 0 });
  });
});
