import type { Outage, Silence } from '../timeline.ts';

/** A claim as the worker that made it wrote it down. Times are Redis TIME, ms. */
export interface KnownClaim {
  readonly id: string;
  readonly epoch: number;
  /** Null: seen in Redis only, in hands that wrote nothing down. */
  readonly pid: number | null;
  readonly claimedAt: number;
  readonly expiresAt: number;
}

/** How long a task, or the whole farm, waited for its next claim. */
export interface Recovery {
  readonly kind: string;
  /** Null: the farm's own, after an outage. */
  readonly id: string | null;
  /** From the lease's expiry, or from the end of the outage in which that fell, to the next claim; 0 when that came before. */
  readonly ms: number;
  /** From the death of the process that held it, or the end of that outage; null where none died. */
  readonly afterDeathMs: number | null;
  /** When that claim came, Redis TIME in ms. */
  readonly claimedAt: number;
}

/**
 * Recoveries of a run, as the promise defines them: from a lease's expiry (or the fault's end, where nothing could run) to the
 * task's next claim. A claim counts when its worker was killed or frozen while it held it and somebody claimed the task again;
 * an outage counts once, by the farm's first claim after it.
 * Example: claimed at 0 under a lease until 2,000 by a worker that dies at 500, claimed again at 600: 0 ms, 100 ms after the
 * death; with Redis away from 400 to 2,500 and a claim at 2,700: 200 ms and 200 ms (test/chaos/recovery.test.ts).
 */
export function recoveries(run: {
  claims: readonly KnownClaim[];
  silences: readonly Silence[];
  outages: readonly Outage[];
}): Recovery[] {
  const outages = mergeOutages(run.outages);
  const silences = Map.groupBy(run.silences, ({ pid }) => pid);
  const ofTasks = [...Map.groupBy(run.claims, ({ id }) => id).values()].flatMap((claims) => {
    const inOrder = claims.toSorted((a, b) => a.claimedAt - b.claimedAt);
    return inOrder.flatMap((claim, i): Recovery[] => {
      const next = inOrder[i + 1];
      if (next === undefined || claim.pid === null) return [];
      const its = silences.get(claim.pid)?.find(({ at }) => claim.claimedAt <= at && at <= next.claimedAt);
      if (its === undefined) return [];
      const since = (at: number): number => Math.max(0, next.claimedAt - endOfOutage(at, outages));
      return [
        {
          kind: its.kind,
          id: claim.id,
          ms: since(claim.expiresAt),
          afterDeathMs: since(its.at),
          claimedAt: next.claimedAt,
        },
      ];
    });
  });
  const starts = run.claims.map(({ claimedAt }) => claimedAt).sort((a, b) => a - b);
  const ofFarm = outages.flatMap(({ kind, to }, i): Recovery[] => {
    const first = firstFrom(starts, to);
    const before = outages[i + 1]?.from ?? Infinity;
    return first === null || first >= before
      ? []
      : [{ kind, id: null, ms: first - to, afterDeathMs: null, claimedAt: first }];
  });
  return [...ofTasks, ...ofFarm];
}

/** Those that overlap become one, named after the last to end. */
function mergeOutages(outages: readonly Outage[]): Outage[] {
  const merged: Outage[] = [];
  for (const outage of outages.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || outage.from > last.to) merged.push(outage);
    else if (outage.to > last.to) merged[merged.length - 1] = { ...outage, from: last.from };
  }
  return merged;
}

function endOfOutage(at: number, outages: readonly Outage[]): number {
  return outages.find(({ from, to }) => from <= at && at <= to)?.to ?? at;
}

/** The first of ascending numbers that is at least `least`. */
function firstFrom(ascending: readonly number[], least: number): number | null {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) >= least) high = middle;
    else low = middle + 1;
  }
  return ascending[low] ?? null;
}
