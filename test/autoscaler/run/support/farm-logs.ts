import type { FarmLog, LoggedDecision } from '#autoscaler/run/continual/farm-log.ts';
import type { TaskRecord } from '#shared/task.ts';

/** Farm time at which every log here begins. */
export const LOG_START = 1_800_000_000_000;

/** A task's record; times in ms from LOG_START. */
export function recordOf(task: {
  id: string;
  worker?: string;
  generatedAt: number;
  claimedAt: number;
  finishedAt: number;
  collectedAt: number;
  serviceMs: number;
  deadlineMs?: number;
}): TaskRecord {
  const { id, worker = 'worker-1', serviceMs, deadlineMs = 2 * serviceMs } = task;
  const at = (ms: number): number => LOG_START + ms;
  const deadlineAt = at(task.generatedAt) + deadlineMs;
  return {
    ...{ id, worker, serviceMs, deadlineMs, deadlineAt },
    ...{ kind: 'calibrated', payload: null, value: null, attempts: 0, expectedServiceMs: serviceMs },
    generatedAt: at(task.generatedAt),
    latestStart: deadlineAt - serviceMs,
    claimedAt: at(task.claimedAt),
    finishedAt: at(task.finishedAt),
    collectedAt: at(task.collectedAt),
    metDeadline: at(task.collectedAt) <= deadlineAt,
  };
}

/** A decision that left everything as it was, with what is given in its place; `at` in ms from LOG_START. */
export function decisionOf({ at, ...change }: Partial<LoggedDecision> & { at: number }): LoggedDecision {
  return {
    ...{ at: LOG_START + at, policy: 'static-1', workers: 1, inputQueue: 0, outputQueue: 0, emitted: 0 },
    ...{ inFlight: 0, ready: 1, active: 1, proposed: null, requested: null, granted: 1, drained: 0 },
    ...{ outcome: 'noop', actMs: null, shadow: null, ...change },
  };
}

/**
 * What one worker that takes 100 ms a task makes of a task every 60 ms for three seconds: the line grows, and with 200 ms
 * allowed the first few are in time. Nothing else takes any time. One decision a second.
 */
export function overloadedLog(): FarmLog {
  const records: TaskRecord[] = [];
  let freeAt = 0;
  for (let task = 0; task < 50; task += 1) {
    const generatedAt = 60 * (task + 1);
    const claimedAt = Math.max(generatedAt, freeAt);
    freeAt = claimedAt + 100;
    const times = { generatedAt, claimedAt, finishedAt: freeAt, collectedAt: freeAt };
    records.push(recordOf({ id: `task-${task}`, serviceMs: 100, ...times }));
  }
  const decisions = Array.from({ length: 6 }, (_, step) =>
    decisionOf({
      at: step * 1000,
      shadow: { name: 'static-2', replicas: step === 0 ? null : 2 },
    }),
  );
  return { records, decisions };
}
