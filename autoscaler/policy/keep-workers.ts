import type { PolicyDecision } from './policy.ts';

/** The answer of a policy that wants `wanted` workers in all, where there are `workers`. */
export function keepWorkers(wanted: number, workers: number, because: string): PolicyDecision {
  return wanted === workers ? { kind: 'hold', because } : { kind: 'scale', replicas: wanted, because };
}
