import type { DeadLetter, FinishedTask, QueuedTask, Task, TaskRecord } from '../task.ts';

/**
 * How a task stands in Redis: a header that the scripts write and read without parsing JSON, then JSON that they never look
 * at. Fields of the header are separated by blanks, bodies by newlines (JSON.stringify prints none):
 *
 *   lane, flight  id generatedAt deadlineAt latestStart attempts ⏎ task
 *   result        ... worker claimedAt finishedAt serviceMs ⏎ task ⏎ value
 *   record        ... worker claimedAt finishedAt serviceMs collectedAt met ⏎ task ⏎ value
 *   dead          id generatedAt deadlineAt latestStart attempts diedAt ⏎ task ⏎ error
 */
export function parseEnvelope(entry: string): QueuedTask {
  const [header, bodies] = parts(entry);
  return queuedTask(header, body(bodies, 0));
}

export function parseFinished(entry: string): FinishedTask {
  const [header, bodies] = parts(entry);
  return {
    ...queuedTask(header, body(bodies, 0)),
    worker: header[5] ?? '',
    claimedAt: Number(header[6]),
    finishedAt: Number(header[7]),
    serviceMs: Number(header[8]),
    value: JSON.parse(body(bodies, 1)),
  };
}

export function parseRecord(entry: string): TaskRecord {
  const [header] = parts(entry);
  return { ...parseFinished(entry), collectedAt: Number(header[9]), metDeadline: header[10] === '1' };
}

export function parseDeadLetter(entry: string): DeadLetter {
  const [header, bodies] = parts(entry);
  return {
    ...queuedTask(header, body(bodies, 0)),
    diedAt: Number(header[5]),
    error: String(JSON.parse(body(bodies, 1))),
  };
}

function parts(entry: string): [header: string[], bodies: string[]] {
  const [header = '', ...bodies] = entry.split('\n');
  return [header.split(' '), bodies];
}

function body(bodies: readonly string[], index: number): string {
  const text = bodies[index];
  if (text === undefined) throw new Error('queue entry without its body: it was not written by the queue');
  return text;
}

function queuedTask(header: readonly string[], json: string): QueuedTask {
  return {
    ...(JSON.parse(json) as Task),
    generatedAt: Number(header[1]),
    deadlineAt: Number(header[2]),
    latestStart: Number(header[3]),
    attempts: Number(header[4]),
  };
}
