import type { Trial } from './trial.ts';

/** One thing that an OpenFaaS provider must do. */
export interface Requirement {
  /** As the report calls it: unique, a few words. */
  readonly name: string;
  /** @throws Unmet what the gateway did instead; NotApplicable why it cannot be tried here. */
  check(trial: Trial): Promise<void>;
}

/** How a requirement came out. */
export interface Outcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly because: string | null;
  readonly seconds: number;
}
