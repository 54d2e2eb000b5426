import type { Dimension, Observation, ObservationInfo } from '../observation.ts';
import type { ActionSet } from '../policy/action-set.ts';
import type { RewardTerms } from './reward.ts';

/** What goes with an environment's observation: what a policy may see, and what only tables and curves use. */
export interface EnvironmentInfo extends ObservationInfo {
  /** Steps taken in this episode. */
  readonly step: number;
  /** Which actions mean something now; at least one does. */
  readonly actionMask: readonly boolean[];
  /** Time since the episode's start, s. */
  readonly elapsedS: number;
  /** Tasks of this episode: emitted, collected, collected in time, dead-lettered. */
  readonly counts: {
    readonly emitted: number;
    readonly collected: number;
    readonly met: number;
    readonly dead: number;
  };
  /** Integrals over the episode so far, worker-seconds: wanted; existing (starting and draining included); kept warm. */
  readonly workerSeconds: { readonly desired: number; readonly active: number; readonly parked: number };
}

export interface StepInfo extends EnvironmentInfo {
  /** Workers asked for and got by this step's action, relative to before it. */
  readonly requestedDelta: number;
  readonly appliedDelta: number;
  readonly rewardTerms: RewardTerms;
}

export interface ResetResult {
  readonly observation: Observation;
  readonly info: EnvironmentInfo;
}

export interface StepResult {
  readonly observation: Observation;
  readonly reward: number;
  /** Every task of the episode is done. */
  readonly terminated: boolean;
  /** The step limit is reached; what is unfinished counts as missed. */
  readonly truncated: boolean;
  readonly info: StepInfo;
}

/** Now in virtual time, later on a real farm: callers await either. */
export type Maybe<T> = T | Promise<T>;

/**
 * A farm to be scaled, with Gymnasium's semantics (Env.reset, Env.step, Discrete actions, Box observations;
 * gymnasium.farama.org, API). Simulated and live farms pass one contract suite (test/contract/environment.ts).
 */
export interface Environment {
  /** Inclusive bounds of each of the nine numbers, and true ones: Infinity where there is none. */
  readonly observationSpace: readonly Dimension[];
  readonly actions: ActionSet;
  /**
   * Starts an episode. The same seed gives the same episode (live: the same tasks); without one, the episode after the
   * last seeded one follows.
   */
  reset(options?: { seed?: number }): Maybe<ResetResult>;
  /**
   * Applies `action`, lets one step's time pass and observes.
   * @throws RangeError for an action that is not of the set. @throws Error before the first reset and after the end.
   */
  step(action: number): Maybe<StepResult>;
  /**
   * Of the episode so far: share of emitted tasks collected in time, for each quarter of the workload's service times, the
   * shortest first. Null where the farm does not tell.
   */
  qosByQuartile?(): Maybe<readonly [number, number, number, number] | null>;
  /** Frees what it holds; idempotent. */
  close(): Maybe<void>;
}
