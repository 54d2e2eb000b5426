import { withinBounds, type PolicyDecision } from '../policy/policy.ts';

/** What the loop does about a policy's answer. */
export type Plan =
  | { readonly kind: 'hold'; readonly because: string }
  | { readonly kind: 'up' | 'down'; readonly replicas: number; readonly because: string };

export interface PlanInput {
  readonly decision: PolicyDecision;
  /** Replicas that the platform intends to run now. */
  readonly workers: number;
  readonly bounds: { readonly minWorkers: number; readonly maxWorkers: number; readonly maxScalingStep: number };
  /** The most that the platform has been seen to grant; null while it gives what is asked. */
  readonly limit: number | null;
  /** A scale-down still waits for its workers. */
  readonly draining: boolean;
}

/**
 * Turns an answer into a change that is allowed: at most maxScalingStep replicas from now, never over what the platform
 * grants, and min ≤ replicas ≤ max, which comes before the step. One scale-down at a time; a scale-up never waits.
 *
 * Example, step 1, 1 to 32 workers: 12 workers and a policy that wants 20 → 13; one that wants 3 → 11; 40 workers, whatever
 * the policy says → 32 (test/autoscaler/loop/plan.test.ts).
 */
export function plan(input: PlanInput): Plan {
  const { decision, workers, bounds, limit } = input;
  const reasons = [decision.because];
  const wanted = decision.kind === 'scale' ? decision.replicas : workers;
  const { maxScalingStep } = bounds;
  const stepped = Math.min(Math.max(wanted, workers - maxScalingStep), workers + maxScalingStep);
  if (stepped !== wanted) reasons.push(`${wanted} wanted, ${maxScalingStep} a step`);

  const allowed = withinBounds(stepped, bounds);
  if (allowed !== stepped) reasons.push(`kept from ${bounds.minWorkers} to ${bounds.maxWorkers}`);

  const target = limit === null ? allowed : Math.min(allowed, Math.max(limit, workers));
  if (target !== allowed) reasons.push(`the platform grants no more than ${limit}`);

  if (target < workers && input.draining) reasons.push('an earlier scale-down still waits for its workers');
  const because = reasons.join('; ');
  if (target > workers) return { kind: 'up', replicas: target, because };
  if (target < workers && !input.draining) return { kind: 'down', replicas: target, because };
  return { kind: 'hold', because };
}
