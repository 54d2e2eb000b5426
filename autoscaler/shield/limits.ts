import { withinBounds } from '../policy/policy.ts';
import { applyRules, type NamedRule, type Rule } from './rule.ts';
import type { ShieldResult } from './shield.ts';

/** What limits hold against a number of workers. */
export interface LimitedBy {
  /** Replicas that the platform intends to run now. */
  readonly workers: number;
  readonly bounds: { readonly minWorkers: number; readonly maxWorkers: number; readonly maxScalingStep: number };
  /** The most that the platform has been seen to grant; null while it gives what is asked. */
  readonly limit: number | null;
  /** A scale-down still waits for its workers. */
  readonly draining: boolean;
}

/**
 * What holds for every decision, whoever makes it: at most maxScalingStep replicas from now; min ≤ replicas ≤ max, which
 * comes before the step; never over what the platform grants; one scale-down at a time, and a scale-up never waits.
 *
 * Example, step 1, 1 to 32 workers: 12 workers and a policy that wants 20 → 13; one that wants 3 → 11; 40 workers, whatever
 * the policy says → 32 (test/autoscaler/shield/limits.test.ts).
 */
export function withinLimits(wanted: number, by: LimitedBy): ShieldResult {
  return applyRules(limits, wanted, by);
}

const step: Rule<LimitedBy> = (wanted, { workers, bounds: { maxScalingStep } }) => ({
  to: Math.min(Math.max(wanted, workers - maxScalingStep), workers + maxScalingStep),
  because: `${wanted} wanted, ${maxScalingStep} a step`,
});

const bounds: Rule<LimitedBy> = (wanted, { bounds: allowed }) => ({
  to: withinBounds(wanted, allowed),
  because: `kept from ${allowed.minWorkers} to ${allowed.maxWorkers}`,
});

const platform: Rule<LimitedBy> = (wanted, { workers, limit }) =>
  limit === null
    ? null
    : { to: Math.min(wanted, Math.max(limit, workers)), because: `the platform grants no more than ${limit}` };

const drain: Rule<LimitedBy> = (wanted, { workers, draining }) =>
  draining && wanted < workers ? { to: workers, because: 'an earlier scale-down still waits for its workers' } : null;

const limits: readonly NamedRule<LimitedBy>[] = [
  ['step', step],
  ['bounds', bounds],
  ['platform', platform],
  ['drain', drain],
];
