import { Dqn } from './dqn/dqn.ts';
import type { Learner } from './learner.ts';

/** Frees what a learner's network holds outside of JavaScript's memory; idempotent. */
export function freeLearner(learner: Learner): void {
  if (learner instanceof Dqn) learner.dispose();
}
