import { coerceError } from '#shared/errors.ts';
import type { Seen } from '../observation.ts';
import type { Policy, PolicyDecision } from '../policy/policy.ts';

/**
 * Why a policy is not followed. `invalid`: no whole number of workers; `exception`: it threw; `timeout`: it did not answer in
 * time; `stale`: its model is too old, or made for other observations; `drift`: the farm's load is not what it was made for;
 * `qos`: tasks are in time less often than it promised; `corrected`: the queueing model had to correct it again and again.
 */
export type Fault = 'invalid' | 'exception' | 'timeout' | 'stale' | 'drift' | 'qos' | 'corrected';

/** What came of asking a policy. */
export type Answer =
  | { readonly kind: 'decided'; readonly decision: PolicyDecision }
  | { readonly kind: 'failed'; readonly fault: Fault; readonly because: string };

/** How long an answer may take, on whose clock (monotonic ms). */
export interface Deadline {
  readonly withinMs: number;
  readonly nowMs: () => number;
}

/** Asks a policy that lives in this thread; one that took too long has not answered. Never throws. */
export function ask(policy: Pick<Policy, 'decide'>, seen: Seen, { withinMs, nowMs }: Deadline): Answer {
  const startMs = nowMs();
  try {
    const answer = examine(policy.decide(seen));
    return nowMs() - startMs > withinMs ? tooLate(withinMs) : answer;
  } catch (thrown) {
    return failed('exception', `the policy failed: ${coerceError(thrown).message}`);
  }
}

/** Takes an answer for what it is: a number of workers that is none is a failure, however it came about. */
export function examine(decision: PolicyDecision): Answer {
  if (decision.kind === 'scale' && !(Number.isInteger(decision.replicas) && decision.replicas >= 0)) {
    return failed('invalid', `the policy asked for ${decision.replicas} workers: expected a whole number, 0 or more`);
  }
  return { kind: 'decided', decision };
}

export function tooLate(withinMs: number): Answer {
  return failed('timeout', `the policy did not answer within ${withinMs} ms`);
}

export function failed(fault: Fault, because: string): Answer {
  return { kind: 'failed', fault, because };
}
