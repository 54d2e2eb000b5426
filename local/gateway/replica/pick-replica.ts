/** What routing looks at. */
export interface Routable {
  readonly inFlight: number;
  readonly lastUsed: number;
}

/** The one with the fewest exchanges in flight; among equals the one idle for longest, so that load goes round. */
export function pickReplica<T extends Routable>(ready: readonly T[]): T | null {
  let best: T | null = null;
  for (const replica of ready) {
    if (
      best === null ||
      replica.inFlight < best.inFlight ||
      (replica.inFlight === best.inFlight && replica.lastUsed < best.lastUsed)
    ) {
      best = replica;
    }
  }
  return best;
}
