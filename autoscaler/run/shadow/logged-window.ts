import { FarmhandError } from '#shared/errors.ts';
import type { FarmLog, LoggedDecision } from '../continual/farm-log.ts';
import { collectTimes } from '../continual/logged-times.ts';

/** One task as the log has it. Times are ms. */
export interface LoggedTask {
  /** From the window's start; below 0: it was in the farm by then. */
  readonly atMs: number;
  readonly serviceMs: number;
  /** Time allowed from arrival to collection. */
  readonly deadlineMs: number;
  readonly expectedMs: number;
  /** From the end of the service to the verdict. */
  readonly collectMs: number;
  readonly metDeadline: boolean;
}

/** One look that the control loop took before it decided. */
export interface LoggedLook {
  /** From the window's start, ms. */
  readonly atMs: number;
  readonly inputQueue: number;
}

/**
 * A stretch of a farm's log that can be played again: what arrived and how long it took, when the loop decided, and what there
 * was at the start. Plain data, so that it can go to a thread.
 */
export interface LoggedWindow {
  /** Farm time of the first and last decision, ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** In order of arrival. All that arrived by `to` and were not collected before `from`. */
  readonly tasks: readonly LoggedTask[];
  readonly looks: readonly LoggedLook[];
  /** Workers that existed at `from`. */
  readonly workers: number;
  /** Tasks of the episode that were collected, and emitted, before the first task above arrived. */
  readonly before: { readonly collected: number; readonly emitted: number };
  /** Time average of the workers that existed. */
  readonly meanWorkers: number;
}

/** Fewer tasks say nothing about QoS in points of a hundred. */
const LEAST_TASKS = 10;
const LEAST_DECISIONS = 2;

/** The log as a window, from its first decision to its last. @throws CONFLICT where it holds too little to be played again */
export function loggedWindow({ records, decisions }: FarmLog): LoggedWindow {
  const seen = decisions.filter(({ workers }) => workers !== null);
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined || seen.length < LEAST_DECISIONS) {
    throw tooLittle(`${seen.length} decisions`, LEAST_DECISIONS);
  }
  const { at: from } = first;
  const own = records.filter(({ collectedAt, generatedAt }) => collectedAt > from && generatedAt <= last.at);
  if (own.length < LEAST_TASKS) throw tooLittle(`${own.length} tasks`, LEAST_TASKS);
  const collects = collectTimes(records);
  const carried = own.filter(({ generatedAt }) => generatedAt <= from).length;
  return {
    from,
    to: last.at,
    tasks: own.map((record) => ({
      atMs: record.generatedAt - from,
      serviceMs: record.serviceMs,
      deadlineMs: record.deadlineAt - record.generatedAt,
      expectedMs: record.expectedServiceMs,
      collectMs: collects.get(record.id) ?? 0,
      metDeadline: record.metDeadline,
    })),
    looks: seen.map(({ at, inputQueue }) => ({ atMs: at - from, inputQueue })),
    workers: first.active,
    before: { collected: first.outputQueue, emitted: Math.max(0, first.emitted - carried) },
    meanWorkers: meanWorkersOf(seen),
  };
}

/** From one decision to the next there are as many as it saw, or got. */
function meanWorkersOf(decisions: readonly LoggedDecision[]): number {
  let workerMs = 0;
  for (const [i, { at, active, outcome, granted }] of decisions.entries()) {
    const next = decisions[i + 1];
    if (next !== undefined) workerMs += (outcome === 'up' ? (granted ?? active) : active) * (next.at - at);
  }
  const [first] = decisions;
  const elapsed = (decisions.at(-1)?.at ?? 0) - (first?.at ?? 0);
  return elapsed > 0 ? workerMs / elapsed : (first?.active ?? 0);
}

function tooLittle(found: string, least: number): FarmhandError {
  return new FarmhandError(
    'CONFLICT',
    `the log has ${found} since the shadow began; expected ${least} or more: wait until it has decided on some work`,
  );
}
