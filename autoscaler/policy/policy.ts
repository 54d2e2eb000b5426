import type { Seen } from '../observation.ts';

/** One number of workers that a policy weighed, and what it is worth to it; only values of one decision compare. */
export interface Candidate {
  readonly replicas: number;
  readonly value: number;
}

/**
 * What a policy answers. `because` is a sentence for people: it goes into the decision record and onto the page. `values`:
 * what it weighed, best first; absent where it weighs nothing.
 */
export type PolicyDecision =
  /** So many replicas in all, within the policy's bounds; the loop decides how fast it gets there. */
  | {
      readonly kind: 'scale';
      readonly replicas: number;
      readonly because: string;
      readonly values?: readonly Candidate[];
    }
  | { readonly kind: 'hold'; readonly because: string; readonly values?: readonly Candidate[] };

/**
 * Says how many workers to keep. A pure function of what it has seen: it asks no clock and draws no chance of its own
 * (info.at is given), so the same policy runs live and in the simulator. What it remembers is of one episode: a new
 * episode takes a new policy.
 */
export interface Policy {
  readonly name: string;
  /**
   * Whether it reads what counts down to a known schedule's next change: observations 0 and 3 (inputQueue, outputQueue) or
   * info.emitted. Such a policy has learnt a timetable, and tables say so.
   */
  readonly usesClock: boolean;
  decide(seen: Seen): PolicyDecision;
}

/** What every policy is made with. */
export interface PolicyOptions {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Seconds from one decision to the next. */
  readonly stepDurationS: number;
  /** Seconds in which a backlog should be worked off; null: one step. */
  readonly horizonS: number | null;
}

/** The nearest number of workers that is allowed. */
export function withinBounds(workers: number, options: Pick<PolicyOptions, 'minWorkers' | 'maxWorkers'>): number {
  return Math.min(Math.max(workers, options.minWorkers), options.maxWorkers);
}
