import type { ActionSet } from '../../policy/action-set.ts';
import type { Candidate } from '../../policy/policy.ts';

/** Values in a decision's reason: all of the three of ±1, the best of many. */
const SHOWN = 3;

/** The allowed actions as numbers of workers with their values, best first. */
export function rankValues(
  values: Float32Array,
  { actions, mask, workers }: { actions: ActionSet; mask: readonly boolean[]; workers: number },
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const [action, value] of values.entries()) {
    if (mask[action] === true) candidates.push({ replicas: actions.replicasOf(action, workers), value });
  }
  return candidates.sort((a, b) => b.value - a.value);
}

/** "values 13 workers 5.40, 12 workers 5.31, 11 workers 4.02": no more than three. */
export function describeValues(ranked: readonly Candidate[]): string {
  const shown = ranked.slice(0, SHOWN).map(({ replicas, value }) => `${replicas} workers ${value.toFixed(2)}`);
  return `values ${shown.join(', ')}`;
}
