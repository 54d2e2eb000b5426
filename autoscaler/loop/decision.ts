import type { Observation, ObservationInfo } from '../observation.ts';
import type { Candidate } from '../policy/policy.ts';
import type { Verdict } from '../shield/shield.ts';

/**
 * How a decision ended: `up` and `down`: replicas changed; `noop`: nothing was to be done, or nothing may be done now;
 * `draining`: a scale-down that waits for its workers; `withdrawn`: a scale-down that no worker was drained for in time;
 * `refused`: the platform granted no change; `failed`: it could not be asked.
 */
export type Outcome = 'up' | 'down' | 'noop' | 'draining' | 'withdrawn' | 'refused' | 'failed';

/** One turn of the loop, with its reason. Numbers of workers are totals, in replicas. */
export interface Decision {
  /** From 1 within the episode. */
  readonly step: number;
  /** Farm time, ms since 1970. */
  readonly at: number;
  /** Whose answer it is: the live policy's, or the safe one's where that is in charge. */
  readonly policy: string;
  /** Null: the farm could not be read. */
  readonly observation: Observation | null;
  readonly info: ObservationInfo | null;
  /** What the policy answered; null: it held, or was not asked. */
  readonly proposed: number | null;
  /** What it weighed, best first; empty where it weighs nothing. */
  readonly candidates: readonly Candidate[];
  readonly verdict: Verdict;
  /** The policy beside it, which never acts: what it would have asked for (null: it held, or failed). Null: there is none. */
  readonly shadow: ShadowProposal | null;
  /** What was asked of the platform, as the shield allows; null: nothing. */
  readonly requested: number | null;
  /** What the platform runs afterwards; null: unknown. */
  readonly granted: number | null;
  /** Workers that answered `drained` for this decision, and those that were given back to work. */
  readonly drained: number;
  readonly withdrawn: number;
  readonly outcome: Outcome;
  readonly took: DecisionTimes;
  /** A sentence for people. */
  readonly because: string;
}

export interface ShadowProposal {
  readonly name: string;
  readonly replicas: number | null;
  readonly because: string;
}

/** How long the parts of a step took, ms: reading queue and platform; policies and shield; the change (null: none, or not yet over). */
export interface DecisionTimes {
  readonly observeMs: number;
  readonly decideMs: number;
  readonly actMs: number | null;
}

/** Where decisions are kept beyond the process. */
export interface DecisionSink {
  append(decision: Decision): Promise<void>;
}
