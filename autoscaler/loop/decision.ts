import type { Observation, ObservationInfo } from '../observation.ts';

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
  readonly policy: string;
  /** Null: the farm could not be read. */
  readonly observation: Observation | null;
  readonly info: ObservationInfo | null;
  /** What the policy answered; null: it held, or was not asked. */
  readonly proposed: number | null;
  /** What was asked of the platform, within step and bounds; null: nothing. */
  readonly requested: number | null;
  /** What the platform runs afterwards; null: unknown. */
  readonly granted: number | null;
  /** Workers that answered `drained` for this decision, and those that were given back to work. */
  readonly drained: number;
  readonly withdrawn: number;
  readonly outcome: Outcome;
  /** A sentence for people. */
  readonly because: string;
}

/** Where decisions are kept beyond the process. */
export interface DecisionSink {
  append(decision: Decision): Promise<void>;
}
