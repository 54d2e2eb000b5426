import { SECOND } from '#shared/clock.ts';
import { quantile } from '../bench/live/statistics.ts';
import { describeBound } from './check/bounds.ts';
import type { Recovery } from './check/recovery.ts';
import type { TotalQueueVerdict } from './check/total-queue.ts';
import type { StoreKind } from './farm/store.ts';
import type { Fault } from './faults/fault.ts';
import type { AppendMode } from './redis/append-mode.ts';

/** One kind of fault in a report. */
export interface FaultRow {
  readonly kind: string;
  readonly injected: number;
  /** Tasks that it took out of a worker's hands and that were claimed again. */
  readonly affected: number;
  /** Null: nothing had to be recovered. */
  readonly recoveryP50Ms: number | null;
  readonly recoveryP99Ms: number | null;
  /** What it may lose, in words. */
  readonly bound: string;
  readonly kept: boolean;
}

/** What `farmhand chaos --json` prints. Counts are of tasks unless they say otherwise. */
export interface ChaosReport extends TotalQueueVerdict {
  readonly kept: boolean;
  /** Each promise that was broken, a sentence; none when `kept`. */
  readonly broken: readonly string[];
  /** How often each kind was done. */
  readonly faults: Readonly<Record<string, number>>;
  /** From a lease's expiry, or the end of an outage, to the next claim. Null: nothing had to be recovered. */
  readonly recoveryP99Ms: number | null;
  /** From the death of the worker that held a task, or the end of the outage in which that fell, to the next claim. */
  readonly afterDeathP99Ms: number | null;
  /** The slowest of them, for whoever wants to know why; `atS`: since the start of the load. */
  readonly slowest: readonly SlowRecovery[];
  /** Claims, executions and accepted finishes as the workers wrote them down. */
  readonly claimed: number;
  readonly executed: number;
  readonly finished: number;
  /** Finishes of claims that had gone to another worker. */
  readonly fenced: number;
  readonly poisonous: number;
  /** Time in which there was no worker that was ready; nothing could run then. */
  readonly noWorkerS: number;
  /** Worker processes that there were, one after another. */
  readonly workerProcesses: number;
  readonly seed: string;
  readonly aof: AppendMode;
  readonly store: StoreKind;
  readonly workers: number;
  readonly durationS: number;
  readonly kinds: readonly FaultRow[];
}

interface SlowRecovery {
  readonly kind: string;
  readonly task: string | null;
  readonly ms: number;
  readonly atS: number;
}

const SLOWEST = 5;

export function slowest(recoveries: readonly Recovery[], startedAt: number): SlowRecovery[] {
  return recoveries
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(({ kind, id, ms, claimedAt }) => ({ kind, task: id, ms, atS: (claimedAt - startedAt) / SECOND }));
}

export const RECOVERY_LIMIT_MS = 2_000;

export function faultRows(run: {
  faults: readonly Fault[];
  counts: ReadonlyMap<string, number>;
  recoveries: readonly Recovery[];
  mode: AppendMode;
  verdict: TotalQueueVerdict;
}): FaultRow[] {
  const { counts, recoveries, mode, verdict } = run;
  const beyond = verdict.lost - verdict.withinBound.lost + verdict.duplicated - verdict.withinBound.duplicated;
  return run.faults.map((fault) => {
    const its = recoveries.filter(({ kind }) => kind === fault.kind);
    const p99 = percentile(its, 0.99);
    return {
      kind: fault.kind,
      injected: counts.get(fault.kind) ?? 0,
      affected: its.filter(({ id }) => id !== null).length,
      recoveryP50Ms: percentile(its, 0.5),
      recoveryP99Ms: p99,
      bound: describeBound(fault.bound(mode)),
      kept: beyond === 0 && (p99 ?? 0) <= RECOVERY_LIMIT_MS,
    };
  });
}

export function percentile(
  samples: readonly Recovery[],
  p: number,
  of: (sample: Recovery) => number | null = ({ ms }) => ms,
): number | null {
  const values = samples.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : quantile(values, p);
}
