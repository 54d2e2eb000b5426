import { keepWorkers } from './keep-workers.ts';
import { withinBounds, type PolicyDecision, type PolicyOptions } from './policy.ts';

/** A sum that is whole but for its rounding is not taken up to the next. */
const ROUNDING = 1e-9;

/**
 * Square-root staffing: load + β·√load workers for a load in erlangs. The square root is what a Poisson load varies by
 * (the number busy with workers without end has mean and variance R), so equal β is about equal chance to wait at any size.
 * Source: Erlang 1924; Halfin and Whitt 1981; Kolesar and Green, Production and Operations Management 7(2), 1998.
 *
 * Example: 9 erl and β 1 are 12 workers (test/autoscaler/policy/staffing.test.ts).
 */
export function squareRootStaffing(load: number, beta: number): number {
  return load + beta * Math.sqrt(load);
}

/** Wants `needed` workers, rounded up. `because`: how they come about. */
export function staff(
  needed: { workers: number; because: string },
  workers: number,
  options: Pick<PolicyOptions, 'minWorkers' | 'maxWorkers'>,
): PolicyDecision {
  const whole = Math.ceil(needed.workers - ROUNDING);
  const wanted = withinBounds(whole, options);
  const cut = wanted === whole ? '' : `; kept from ${options.minWorkers} to ${options.maxWorkers}`;
  return keepWorkers(wanted, workers, `${needed.because}: ${whole} workers${cut}`);
}

/** Staffing without figures. */
export function notKnownYet(): PolicyDecision {
  return { kind: 'hold', because: 'no rate of arrivals or no service time was seen yet' };
}
