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

/** Why an emission is aborted whose run was stopped: nobody will go on with it. */
export const RUN_STOPPED = new Error('the run was stopped');

interface PhaseInHand {
  readonly taken: TakenPhase;
  readonly due: DuePhase;
  readonly signal: AbortSignal;
}

type EmissionEnd = 'done' | 'interrupted' | 'withdrawn';

/**
 * Emits what is left of one phase on its own time axis, which began when the phase was first taken: after a crash whatever
 * is overdue comes at once, as it would have piled up in front of a real farm. Stops between two tasks when the signal
 * aborts; the rest stays taken and can be gone on with. Of a run that was stopped (RUN_STOPPED) it leaves no payload behind.
 */
export async function emitPhase(options: EmissionOptions, phase: PhaseInHand): Promise<EmissionEnd> {
  /** Tasks whose payloads are in place, from the first one not emitted on. */
  const ready: Task[] = [];
  const ended = await emit(options, { ...phase, ready });
  if (ended === 'withdrawn') {
    const payloads = ready.filter(({ blob }) => blob === true);
    await Promise.all(payloads.map(({ id }) => options.blobs.delete(id)));
  }
  return ended;
}

async function emit(options: EmissionOptions, phase: PhaseInHand & { readonly ready: Task[] }): Promise<EmissionEnd> {
  const { inbox, clock } = options;
  const { taken, signal, ready } = phase;
  const { tasks, durationMs } = phase.due;
  const phaseId = taken.id;
  const sinceTakenMs = clock.farmTime() - taken.takenAt;
  const startedAt = clock.monotonic() - sinceTakenMs;
  const elapsed = (): number => clock.monotonic() - startedAt;
  const aborted = (): EmissionEnd => (signal.reason === RUN_STOPPED ? 'withdrawn' : 'interrupted');
  let emitted = taken.emitted;
  while (emitted < tasks.length) {
    const next = tasks[emitted];
    if (next === undefined) break;
    await clock.sleep(Math.max(0, next.atMs - PREPARE_AHEAD_MS - elapsed()), signal);
    while (ready.length < MOST_PREPARED && !signal.aborted) {
      const coming = tasks[emitted + ready.length];
      if (coming === undefined || coming.atMs - PREPARE_AHEAD_MS > elapsed()) break;
      // What is due is not kept waiting for the payloads of what is not, nor for room for them.
      if (ready.length > 0 && coming.bytes !== null && next.atMs <= elapsed()) break;
      const prepared = await prepare(options, coming, { signal, waits: ready.length === 0 });
      if (prepared === null) break;
      ready.push(prepared);
    }
    await clock.sleep(Math.max(0, next.atMs - elapsed()), signal);
    if (signal.aborted) return aborted();
    const isDue = (_: Task, i: number): boolean => (tasks[emitted + i]?.atMs ?? Infinity) <= elapsed() + TOGETHER_MS;
    const due = ready.splice(0, ready.filter(isDue).length);
    emitted += due.length;
    if (!(await inbox.emit({ phaseId, tasks: due, emitted, done: false }))) {
      ready.push(...due);
      return 'withdrawn';
    }
  }
  await clock.sleep(Math.max(0, durationMs - elapsed()), signal);
  if (signal.aborted) return aborted();
  return (await inbox.emit({ phaseId, tasks: [], emitted, done: true })) ? 'done' : 'withdrawn';
}

/**
 * Puts a task's payload where its worker will look for it. Where the farm holds as much as it may, null, or if it `waits`, when
 * there is room. A payload that cannot be had at all becomes the task's fault, so that it ends as a dead letter with its reason.
 */
async function prepare(
  options: EmissionOptions,
  due: DueTask,
  { signal, waits }: { signal: AbortSignal; waits: boolean },
): Promise<Task | null> {
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
      if (!waits) return null;
      if (!waiting) log.info({ task: task.id }, 'the farm holds as many payload bytes as it may; waiting for room');
      await clock.sleep(FULL_PAUSE_MS, signal);
    }
  }
  return null;
}
