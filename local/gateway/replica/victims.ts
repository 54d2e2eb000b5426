/** What the choice of a scale-down's victims looks at. */
export interface Candidate {
  /** No process yet: waits for its start, or for its restart. */
  readonly pending: boolean;
  /** Answered 200 on /_/ready. A drained worker answers 503. */
  readonly ready: boolean;
  /** Position in order of creation; a larger one is younger. */
  readonly age: number;
}

/**
 * The `count` candidates to stop: those without a process first, then those not ready, then the youngest, which is the order
 * in which Kubernetes' ReplicaSet controller ranks pods (ActivePodsWithRanks). So a worker that was drained goes before one
 * that works.
 */
export function chooseVictims<T extends Candidate>(candidates: readonly T[], count: number): T[] {
  const rank = (candidate: T): number => (candidate.pending ? 0 : candidate.ready ? 2 : 1);
  return [...candidates].sort((a, b) => rank(a) - rank(b) || b.age - a.age).slice(0, Math.max(count, 0));
}
