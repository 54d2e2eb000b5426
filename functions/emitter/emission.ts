import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Blobs } from '#shared/queue/blobs.ts';
import type { TakenPhase, TaskInbox } from '#shared/queue/task-inbox.ts';
import type { Task } from '#shared/task.ts';
import type { DuePhase, DueTask } from './phase-tasks.ts';

/** Pictures are put into Redis this long before their task is due, so that making one never makes a task late. */
const PREPARE_AHEAD_MS = 500;
/** Tasks due within so long are emitted together. */
const TOGETHER_MS = 1;
/** Pause before asking again whether the farm has room for a payload. */
const FULL_PAUSE_MS = 50;
/** Payloads in Redis whose tasks are not emitted yet. */
const MOST_PREPARED = 32;

export interface EmissionOptions {
  readonly inbox: TaskInbox;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Emits what is left of one phase on its own time axis, which began when the phase was first taken: after a crash whatever
 * is overdue comes at once, as it would have piled up in front of a real farm. Stops between two tasks when `signal`
 * aborts; the rest stays taken and can be gone on with.
 */
export async function emitPhase(
  options: EmissionOptions,
  phase: { taken: TakenPhase; due: DuePhase; signal: AbortSignal },
): Promise<'done' | 'interrupted' | 'withdrawn'> {
  const { inbox, clock } = options;
  const { taken, signal } = phase;
  const { tasks, durationMs } = phase.due;
  const phaseId = taken.id;
  const sinceTakenMs = clock.farmTime() - taken.takenAt;
  const startedAt = clock.monotonic() - sinceTakenMs;
  const elapsed = (): number => clock.monotonic() - startedAt;
  /** Tasks whose payloads are in place, from the first one not emitted on. */
  const ready: Task[] = [];
  let emitted = taken.emitted;
  while (emitted < tasks.length) {
    const next = tasks[emitted];
    if (next === undefined) break;
    await clock.sleep(Math.max(0, next.atMs - PREPARE_AHEAD_MS - elapsed()), signal);
    while (ready.length < MOST_PREPARED && !signal.aborted) {
      const coming = tasks[emitted + ready.length];
      if (coming === undefined || coming.atMs - PREPARE_AHEAD_MS > elapsed()) break;
      // What is due is not kept waiting for the payloads of what is not.
      if (ready.length > 0 && next.atMs <= elapsed()) break;
      ready.push(await prepare(options, coming, signal));
    }
    await clock.sleep(Math.max(0, next.atMs - elapsed()), signal);
    if (signal.aborted) return 'interrupted';
    const due = ready.filter((_, i) => (tasks[emitted + i]?.atMs ?? Infinity) <= elapsed() + TOGETHER_MS);
    ready.splice(0, due.length);
    emitted += due.length;
    if (!(await inbox.emit({ phaseId, tasks: due, emitted, done: false }))) return 'withdrawn';
  }
  await clock.sleep(Math.max(0, durationMs - elapsed()), signal);
  if (signal.aborted) return 'interrupted';
  return (await inbox.emit({ phaseId, tasks: [], emitted, done: true })) ? 'done' : 'withdrawn';
}

/**
 * Puts a task's payload where its worker will look for it; waits for room when the farm holds as much as it may. A payload
 * that cannot be had at all becomes the task's fault, so that it ends as a dead letter with its reason.
 */
async function prepare(options: EmissionOptions, due: DueTask, signal: AbortSignal): Promise<Task> {
  const { blobs, clock, log } = options;
  const { task, bytes } = due;
  if (bytes === null) return task;
  for (let waiting = false; !signal.aborted; waiting = true) {
    try {
      await blobs.put(task.id, await bytes());
      return task;
    } catch (thrown) {
      if (!(thrown instanceof FarmhandError)) throw thrown;
      if (thrown.code !== 'BLOBS_FULL') return { ...task, blob: false, fault: thrown.message };
      if (!waiting) log.info({ task: task.id }, 'the farm holds as many payload bytes as it may; waiting for room');
      await clock.sleep(FULL_PAUSE_MS, signal);
    }
  }
  return task;
}
