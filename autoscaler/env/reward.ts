import type { Observation } from '../observation.ts';

/** A reward taken apart, by term; it is the terms' sum. Shown in curves, and named when a term is not a number. */
export type RewardTerms = Readonly<Record<string, number>>;

/** What one step did, for judging it. */
export interface StepFacts {
  readonly observation: Observation;
  /** Change of workers that took effect, signed. */
  readonly appliedDelta: number;
  /** Worker-seconds of this step, starting and draining workers included. */
  readonly workerSeconds: number;
  /** Tasks that were found to be late in this step: collected after their deadline, dead, or (at the end) unfinished. */
  readonly lateTasks: number;
  /** Tasks without a record, at the end of an episode; 0 before. */
  readonly unfinished: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** Judges steps. Pure. */
export interface Reward {
  readonly name: string;
  terms(facts: StepFacts): RewardTerms;
}

/** The sum of the terms. */
export function totalReward(terms: RewardTerms): number {
  let sum = 0;
  for (const name in terms) sum += terms[name] ?? 0;
  return sum;
}
