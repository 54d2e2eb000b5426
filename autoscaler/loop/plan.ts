/** What the loop does about a ruling. Replicas are totals. */
export type Plan = { readonly kind: 'hold' } | { readonly kind: 'up' | 'down'; readonly replicas: number };

/** The plan stage: the shield has said how many there may be; what is to be done about those that there are. */
export function plan(allowed: number, workers: number): Plan {
  if (allowed > workers) return { kind: 'up', replicas: allowed };
  if (allowed < workers) return { kind: 'down', replicas: allowed };
  return { kind: 'hold' };
}
