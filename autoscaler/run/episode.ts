import type { RewardTerms } from '../env/reward.ts';
import type { Observation } from '../observation.ts';

/** One step of an episode, as per-step tables and plots show it. Times in s from the episode's start. */
export interface StepRow {
  /** From 1. */
  readonly step: number;
  /** When the observation below was made. */
  readonly atS: number;
  /** Workers asked for and got by the step's action, relative to before it. */
  readonly requestedDelta: number;
  readonly appliedDelta: number;
  /** At the end of the step. */
  readonly observation: Observation;
  readonly inFlight: number;
  /** Replicas that exist: starting and draining ones included. */
  readonly active: number;
  readonly reward: number;
  readonly rewardTerms: RewardTerms;
}

/** What an episode came to. Shares are 0 to 1. */
export interface EpisodeSummary {
  readonly seed: number;
  readonly steps: number;
  readonly totalReward: number;
  /** A step. */
  readonly meanReward: number;
  /** Share of submitted tasks collected by their deadline: unfinished and dead-lettered ones are misses. 1 when none came. */
  readonly qos: number;
  /** The same share of collected tasks: the reference's final QoS. */
  readonly qosCollected: number;
  /** Unweighted mean of the steps' QoS: the reference's mean QoS. */
  readonly meanStepQos: number;
  /** `qos` for each quarter of the workload's service times, the shortest first; null where the farm does not tell. */
  readonly qosByQuartile: readonly [number, number, number, number] | null;
  readonly submitted: number;
  readonly processed: number;
  /** Collected late. */
  readonly violations: number;
  readonly unfinished: number;
  /** Time averages; `mean` is of active workers: starting and draining ones included. */
  readonly workers: { readonly mean: number; readonly desired: number; readonly parked: number; readonly max: number };
  /** Steps that asked for more, for fewer, for as many (requested, even where nothing was granted: the reference's count). */
  readonly scaling: { readonly up: number; readonly down: number; readonly noop: number };
  /** How long the episode was, s. */
  readonly durationS: number;
}

export interface EpisodeRecord {
  readonly summary: EpisodeSummary;
  readonly rows: readonly StepRow[];
}
