import type { Policy } from '../../policy/policy.ts';

/** Something that can be put through episodes: a rule, a trained model, or a bound that no real farm could run. */
export interface Contender {
  /** As tables name it. */
  readonly name: string;
  /** False: it knows what nobody knows while it happens. */
  readonly deployable: boolean;
  readonly usesClock: boolean;
  /** Workload that it was trained on, or searched for; null: on none. */
  readonly trainedOn: string | null;
  /** What tells two versions of the same name apart (a model's checksum); null for a rule, which the code's version tells. */
  readonly fingerprint: string | null;
  /** The policy for one episode, which must not be used for another. */
  policyFor(seed: number): Policy | Promise<Policy>;
}

/** What of a contender stands in tables and files. */
export type ContenderFacts = Omit<Contender, 'policyFor'>;

export function factsOf({ name, deployable, usesClock, trainedOn, fingerprint }: Contender): ContenderFacts {
  return { name, deployable, usesClock, trainedOn, fingerprint };
}
