import type { Seen } from '../observation.ts';
import type { Policy } from '../policy/policy.ts';
import type { SavedModel } from './saved-model.ts';

/** One step of an environment, as a learner is told of it. */
export interface Transition {
  readonly seen: Seen;
  /** Index in the action set. */
  readonly action: number;
  readonly reward: number;
  readonly next: Seen;
  /** Which actions are allowed at `next`. */
  readonly nextMask: readonly boolean[];
  /** The episode ended by itself: nothing follows, and nothing is bootstrapped. */
  readonly terminated: boolean;
  /** The step limit cut the episode off: values beyond it exist and are bootstrapped. */
  readonly truncated: boolean;
}

/** Figures of one update, for curves; null where none happened (a memory that still warms up). */
export interface LearnReport {
  readonly loss: number;
}

/** Which library computes, and why those that were asked for before it could not. Runs record it. */
export interface BackendRecord {
  readonly backend: string;
  readonly tried: readonly { readonly name: string; readonly because: string }[];
}

/**
 * A policy that learns. As a policy (`decide`) it is greedy and changes nothing; `act` explores while it learns. It knows
 * no environment, clock or store: chance comes in as an Rng, and what it has learnt goes out as data.
 */
export interface Learner extends Policy {
  /** The action to take while learning: index in the action set, allowed by `mask`. */
  act(seen: Seen, mask: readonly boolean[]): number;
  /** @throws TRAINING_DIVERGED that names the step and the term which is not a finite number. */
  learn(transition: Transition): LearnReport | null;
  /** Ends an episode: traces are cut, exploration decays. */
  endEpisode(): void;
  /** How much it explores now, 0 to 1: the chance of an exploring action; of a search, the share of its spread that is left. */
  readonly exploration: number;
  /**
   * Which of a training's seeds the next episode plays, from 0; without it, each episode has the next one. A learner that
   * compares candidates gives them all the same seeds (common random numbers).
   */
  readonly seedIndex?: number;
  /** Of a learner with a network; others have none. */
  readonly backend?: BackendRecord;
  /** `resumable: true` keeps all that a bit-equal continuation needs (memory, optimiser, generator); else what deciding needs. */
  save(options: { resumable: boolean }): SavedModel;
}
