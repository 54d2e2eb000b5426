import type { TaskRequest } from './read-tasks.ts';

/** As many as the emitter takes at once. */
const MOST_TASKS = 1000;
/** Of pictures in one request. Base64 adds a third, and gateways cap bodies. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Cuts tasks into requests, in order. A picture over the limit goes alone: the farm says whether it is too large. */
export function batches(tasks: readonly TaskRequest[]): TaskRequest[][] {
  const all: TaskRequest[][] = [];
  let batch: TaskRequest[] = [];
  let bytes = 0;
  for (const task of tasks) {
    const size = task.file?.bytes ?? 0;
    if (batch.length > 0 && (batch.length === MOST_TASKS || bytes + size > MOST_BYTES)) {
      all.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(task);
    bytes += size;
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
