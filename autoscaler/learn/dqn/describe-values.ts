import type { ActionSet } from '../../policy/action-set.ts';

/** Values in a decision's reason: all of the three of ±1, the best of many. */
const SHOWN = 3;

/** "values 13 workers 5.40, 12 workers 5.31, 11 workers 4.02": the allowed actions, best first and no more than three. */
export function describeValues(
  values: Float32Array,
  { actions, mask, workers }: { actions: ActionSet; mask: readonly boolean[]; workers: number },
): string {
  const shown = [...values.entries()]
    .filter(([action]) => mask[action] === true)
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([action, value]) => `${actions.replicasOf(action, workers)} workers ${value.toFixed(2)}`);
  return `values ${shown.join(', ')}`;
}
