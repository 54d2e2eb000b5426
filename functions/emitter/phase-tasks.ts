import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { deadlineFor, deadlineRule, type Task } from '#shared/task.ts';
import type { ImageSource } from '#shared/workload/image-source.ts';
import { planPhase, type PlannedTask } from '#shared/workload/plan.ts';
import type { Run, RunSource } from './run-store.ts';

/** One task of a phase as it is to be emitted. */
export interface DueTask {
  readonly task: Task;
  /** From the start of the phase, ms. */
  readonly atMs: number;
  /** The bytes of its blob, made or read when they are wanted; null when the task has none. */
  readonly bytes: (() => Promise<Buffer>) | null;
}

/** One phase of a run as it is to be emitted. */
export interface DuePhase {
  /** In the order of emission. */
  readonly tasks: readonly DueTask[];
  /** Time until the next phase may begin; 0 after the last one, which ends with its last task. */
  readonly durationMs: number;
}

/**
 * What one phase of a run emits. The same call gives the same tasks after any restart, so a count of emitted ones is all
 * that has to be kept.
 */
export function duePhase(options: {
  run: Run;
  index: number;
  config: Pick<FarmConfig, 'deadline' | 'queue'>;
  images: ImageSource;
}): DuePhase {
  const { run, index } = options;
  const first = run.phases.slice(0, index).reduce((sum, phase) => sum + phase.tasks, 0);
  const taskId = (position: number): string => `${run.id}-${first + position}`;
  if (run.source.kind === 'folder') {
    return { tasks: folderTasks(run.source, { ...options, taskId }), durationMs: 0 };
  }
  const phase = planPhase(run.source.workload, { seed: run.source.seed, index });
  const isLast = index === run.phases.length - 1;
  return {
    tasks: plannedTasks(run.source, { ...options, taskId, planned: phase.tasks }),
    durationMs: isLast ? 0 : phase.durationMs,
  };
}

interface Making {
  readonly run: Run;
  readonly config: Pick<FarmConfig, 'deadline' | 'queue'>;
  readonly images: ImageSource;
  readonly taskId: (position: number) => string;
}

function plannedTasks(
  source: Extract<RunSource, { kind: 'workload' }>,
  making: Making & { planned: readonly PlannedTask[] },
): DueTask[] {
  const { run, config, images, taskId, planned } = making;
  const { workload } = source;
  const rule = deadlineRule(config);
  return planned.map(({ atMs, serviceMs, sizePx }, position) => {
    const common = {
      id: taskId(position),
      kind: workload.kind,
      expectedServiceMs: serviceMs,
      deadlineMs: deadlineFor(serviceMs, rule),
      sizePx,
      run: run.id,
    };
    return workload.kind === 'image'
      ? { atMs, task: { ...common, payload: {}, blob: true }, bytes: () => images.jpeg(sizePx) }
      : { atMs, task: { ...common, payload: { serviceMs } }, bytes: null };
  });
}

function folderTasks(source: Extract<RunSource, { kind: 'folder' }>, making: Making): DueTask[] {
  const { run, config, taskId } = making;
  return source.files.map((file, position) => ({
    atMs: 0,
    task: {
      id: taskId(position),
      kind: 'image',
      payload: { name: file, ...(source.out === null ? {} : { out: source.out }) },
      expectedServiceMs: UNKNOWN_SERVICE_MS,
      deadlineMs: source.deadlineMs,
      run: run.id,
      blob: true,
    },
    bytes: () => readPicture({ folder: source.folder, file }, config.queue),
  }));
}

/** @throws NOT_FOUND; BODY_TOO_LARGE before anything is read, as a process may have less memory than a disk has files. */
async function readPicture(
  { folder, file }: { folder: string; file: string },
  { maxBlobBytes }: Pick<FarmConfig['queue'], 'maxBlobBytes'>,
): Promise<Buffer> {
  const path = join(folder, file);
  const unreadable = (cause: unknown): never => {
    throw new FarmhandError('NOT_FOUND', `${file}: cannot be read any more`, { cause });
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > maxBlobBytes) {
    throw new FarmhandError(
      'BODY_TOO_LARGE',
      `${file}: ${size} bytes; at most ${maxBlobBytes} are allowed (queue.maxBlobBytes)`,
    );
  }
  return await readFile(path).catch(unreadable);
}

/** Nobody has looked into a user's file yet; the estimate only orders dispatch. */
const UNKNOWN_SERVICE_MS = 250;
