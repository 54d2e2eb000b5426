import type { TaskRecord } from '#shared/task.ts';
import type { FarmLog, LoggedDecision } from './farm-log.ts';

/** What a log tells of how long a farm's own doings take, ms: the same times as a calibration measures on purpose. */
export interface LoggedTimes {
  /** From a task's arrival to the claim of a worker that was idle. */
  readonly claim: readonly number[];
  /** What lay between two services of one worker while the second task waited. */
  readonly turnaround: readonly number[];
  /** From the end of a service to the verdict. */
  readonly collect: readonly number[];
  /** From a scale-up to its first new worker's work, while work waited; and from each to the next. */
  readonly start: readonly number[];
  readonly startNext: readonly number[];
  /** From a scale-down to the end of it, while idle workers could go. */
  readonly drain: readonly number[];
}

/** Far longer than an idle worker's claim takes: who let nobody wait for so long was not starting. */
const WAITED_MS = 25;
/** A new worker that shows up later was not waited for. */
const STARTED_WITHIN_MS = 20_000;

/**
 * Reads the times out of a log without touching the farm. Only what is unmistakable counts: an idle worker's claim, a full
 * queue's turnaround, a new worker that finds work waiting. So a quiet farm tells little, and nothing wrong.
 */
export function loggedTimes({ records, decisions }: FarmLog): LoggedTimes {
  const byWorker = groupByWorker(records);
  const claim: number[] = [];
  const turnaround: number[] = [];
  const collect: number[] = [];
  for (const own of byWorker.values()) {
    for (const [i, task] of own.entries()) {
      const before = own[i - 1];
      // A worker's first task includes the loading of its code.
      if (before === undefined) continue;
      if (foundIdle(task, before)) {
        claim.push(task.claimedAt - task.generatedAt);
        collect.push(task.collectedAt - task.claimedAt - task.serviceMs);
      } else {
        turnaround.push(task.finishedAt - before.finishedAt - task.serviceMs);
      }
    }
  }
  return { claim, turnaround, collect, ...startTimes(byWorker, decisions), drain: drainTimes(decisions) };
}

/**
 * How long each task, by its id, took from the end of its service to its verdict. Of a task that waited, or was a worker's first
 * one, only what came after its finish is known to be its own; the rest belongs to the worker's turn or start.
 */
export function collectTimes(records: readonly TaskRecord[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const own of groupByWorker(records).values()) {
    for (const [i, task] of own.entries()) {
      const before = own[i - 1];
      const whole = before !== undefined && foundIdle(task, before);
      const since = whole ? task.claimedAt + task.serviceMs : task.finishedAt;
      times.set(task.id, Math.max(0, task.collectedAt - since));
    }
  }
  return times;
}

/** Its worker had finished the task before it when it arrived. */
function foundIdle(task: TaskRecord, before: TaskRecord): boolean {
  return before.finishedAt <= task.generatedAt;
}

/** Each worker's tasks in the order in which it finished them. */
function groupByWorker(records: readonly TaskRecord[]): ReadonlyMap<string, readonly TaskRecord[]> {
  const byWorker = new Map<string, TaskRecord[]>();
  for (const record of records) {
    const own = byWorker.get(record.worker);
    if (own === undefined) byWorker.set(record.worker, [record]);
    else own.push(record);
  }
  for (const own of byWorker.values()) own.sort((a, b) => a.finishedAt - b.finishedAt);
  return byWorker;
}

function startTimes(
  byWorker: ReadonlyMap<string, readonly TaskRecord[]>,
  decisions: readonly LoggedDecision[],
): Pick<LoggedTimes, 'start' | 'startNext'> {
  const newcomers = [...byWorker.values()]
    .flatMap((own) => own.slice(0, 1))
    .filter(({ claimedAt, generatedAt }) => claimedAt - generatedAt >= WAITED_MS)
    .map(({ finishedAt, serviceMs, claimedAt }) => ({ claimedAt, worksAt: finishedAt - serviceMs }))
    .sort((a, b) => a.worksAt - b.worksAt);
  const start: number[] = [];
  const startNext: number[] = [];
  let coming = awaited(decisions);
  for (const { claimedAt, worksAt } of newcomers) {
    coming = coming.filter(({ until }) => until > claimedAt);
    const next = coming.find(({ at }) => at < claimedAt);
    if (next === undefined) continue;
    (next.first ? start : startNext).push(worksAt - next.since());
    next.came(worksAt);
    coming = coming.filter((each) => each !== next);
  }
  return { start, startNext };
}

/** A worker that a scale-up asked for. */
interface Awaited {
  /** Farm time of the decision, and until when a new worker is taken for this one, ms. */
  readonly at: number;
  readonly until: number;
  readonly first: boolean;
  /** Since when its start counts: the decision, or the coming of the one before it. */
  readonly since: () => number;
  readonly came: (atMs: number) => void;
}

/**
 * The workers that scale-ups asked for, in order. A scale-down ends the waiting: it may have taken those back that had not come,
 * and who comes later came of something else.
 */
function awaited(decisions: readonly LoggedDecision[]): Awaited[] {
  return decisions.flatMap(({ at, workers, granted, outcome }, index) => {
    if (outcome !== 'up' || workers === null || granted === null) return [];
    const down = decisions.find((later, i) => i > index && later.outcome !== 'up' && later.outcome !== 'noop');
    const until = Math.min(down?.at ?? Infinity, at + STARTED_WITHIN_MS);
    let since = at;
    return Array.from({ length: Math.max(0, granted - workers) }, (_, nth): Awaited => ({
      ...{ at, until, first: nth === 0, since: () => since },
      came(atMs) {
        since = atMs;
      },
    }));
  });
}

function drainTimes(decisions: readonly LoggedDecision[]): number[] {
  return decisions.flatMap(({ outcome, drained, inFlight, ready, actMs }) => {
    const idleOnes = outcome === 'down' && drained > 0 && ready - inFlight >= drained;
    return idleOnes && actMs !== null ? [actMs] : [];
  });
}
