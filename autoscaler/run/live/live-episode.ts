import { SECOND } from '#shared/clock.ts';
import { totalReward, type Reward } from '../../env/reward.ts';
import type { Observation } from '../../observation.ts';
import type { EpisodeRecord, EpisodeSummary, StepRow } from '../episode.ts';

/** One decision of a control loop that could see the farm. */
export interface LiveDecision {
  /** Farm time, ms since 1970. */
  readonly at: number;
  readonly observation: Observation;
  readonly inFlight: number;
  readonly active: number;
  /** Replicas in all that were asked of the platform; null: as many as there were. */
  readonly requested: number | null;
}

/** What a control loop and the collector tell of an episode that was not played through an environment. */
export interface LiveFacts {
  readonly seed: number;
  /** Farm time of the run's start, and of its last task's end; null: it did not come to its end. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Oldest first. */
  readonly decisions: readonly LiveDecision[];
  readonly tasks: {
    readonly submitted: number;
    readonly completed: number;
    readonly met: number;
    readonly dead: number;
  };
  /** By planned service times (planned-quartiles.ts); null for tasks of which nobody knows how long they take. */
  readonly qosByQuartile: EpisodeSummary['qosByQuartile'];
  /** When each late or dead task was found to be so, farm time. */
  readonly late: readonly number[];
  /** Workers that exist: time average and maximum. */
  readonly workers: { readonly mean: number; readonly max: number };
  readonly reward: Reward;
}

/**
 * The same record that an environment's episode leaves. A loop decides at the end of a step on what it then sees, so row k
 * shows decision k's observation and what decision k − 1 asked for; the loop's first step has no action. Rows end with the
 * first observation after the last task's end. Two figures are coarser than an environment's: worker-seconds of a step are its
 * last number of active workers times its length, and the mean of desired workers is taken over steps.
 */
export function liveEpisode(facts: LiveFacts): EpisodeRecord {
  const rows = rowsOf(facts);
  const { seed, tasks, workers, startedAt, endedAt } = facts;
  const { submitted, completed, met, dead } = tasks;
  const steps = rows.length;
  const perStep = Math.max(1, steps);
  const total = sum(rows.map(({ reward }) => reward));
  const last = rows.at(-1);
  const asked = (sign: number): number =>
    rows.filter(({ requestedDelta }) => Math.sign(requestedDelta) === sign).length;
  return {
    rows,
    summary: {
      seed,
      steps,
      totalReward: total,
      meanReward: total / perStep,
      qos: submitted === 0 ? 1 : met / submitted,
      qosCollected: completed === 0 ? 1 : met / completed,
      meanStepQos: sum(rows.map(({ observation }) => observation[8])) / perStep,
      qosByQuartile: facts.qosByQuartile,
      submitted,
      processed: completed,
      violations: completed - met,
      unfinished: submitted - completed - dead,
      workers: {
        mean: workers.mean,
        desired: steps === 0 ? workers.mean : sum(rows.map(({ observation }) => observation[4])) / steps,
        parked: 0,
        max: workers.max,
      },
      scaling: { up: asked(1), down: asked(-1), noop: asked(0) },
      durationS: endedAt === null ? (last?.atS ?? 0) : (endedAt - startedAt) / SECOND,
    },
  };
}

function rowsOf(facts: LiveFacts): StepRow[] {
  const { startedAt, endedAt, reward, tasks } = facts;
  const within = facts.decisions.filter(({ at }) => at > startedAt);
  const end = endedAt === null ? -1 : within.findIndex(({ at }) => at >= endedAt);
  const decisions = end < 0 ? within : within.slice(0, end + 1);
  return decisions.map((decision, index) => {
    const { at, observation, inFlight, active } = decision;
    const before = decisions[index - 1];
    const sinceAt = before?.at ?? startedAt;
    const workers = before?.observation[4] ?? observation[4];
    const last = index === decisions.length - 1;
    const terminated = last && endedAt !== null;
    const truncated = last && endedAt === null;
    const unfinished = truncated ? tasks.submitted - tasks.completed - tasks.dead : 0;
    const requestedDelta = (before?.requested ?? workers) - workers;
    const appliedDelta = observation[4] - workers;
    const rewardTerms = reward.terms({
      observation,
      appliedDelta,
      workerSeconds: (active * (at - sinceAt)) / SECOND,
      lateTasks: facts.late.filter((moment) => moment > sinceAt && moment <= at).length + unfinished,
      unfinished,
      terminated,
      truncated,
    });
    return {
      step: index + 1,
      atS: (at - startedAt) / SECOND,
      ...{ requestedDelta, appliedDelta, observation, inFlight, active, rewardTerms },
      reward: totalReward(rewardTerms),
    };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
