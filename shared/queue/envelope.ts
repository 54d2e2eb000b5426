import type { DeadLetter, FinishedTask, QueuedTask, Task, TaskRecord } from '../task.ts';

/**
 * How a task stands in Redis: lines. The scripts read and write the first ones, words between blanks, without parsing JSON;
 * the JSON they never look at (JSON.stringify prints no newline). Each stage puts its own line in front of what there is:
 *
 *   input       id acceptedAt kind run expectedServiceMs deadlineMs ⏎ task or phase
 *   (envelope)  id generatedAt expectedServiceMs deadlineMs attempts ⏎ task
 *   lane, line  envelope
 *   flight      worker epoch claimedAt ⏎ envelope
 *   result      worker claimedAt finishedAt serviceMs ⏎ envelope ⏎ value
 *   record      collectedAt met worker claimedAt finishedAt serviceMs ⏎ envelope ⏎ value
 *   dead        diedAt ⏎ envelope ⏎ error
 *
 * Of a task that waits there may be many, so its JSON has nothing that the line before it says.
 */
export function taskBody(task: Task): string {
  return JSON.stringify({ ...task, id: undefined, expectedServiceMs: undefined, deadlineMs: undefined });
}

export function parseTaskBody(line: { id: string; expectedServiceMs: string; deadlineMs: string }, json: string): Task {
  return {
    ...(JSON.parse(json) as Task),
    id: line.id,
    expectedServiceMs: Number(line.expectedServiceMs),
    deadlineMs: Number(line.deadlineMs),
  };
}

export function parseEnvelope(envelope: string): QueuedTask {
  const [line = '', json] = envelope.split('\n');
  return queuedTask(line, json);
}

export function parseFinished(entry: string): FinishedTask {
  const [own = '', line = '', json, value] = entry.split('\n');
  const [worker = '', claimedAt, finishedAt, serviceMs] = own.split(' ');
  return {
    ...queuedTask(line, json),
    worker,
    claimedAt: Number(claimedAt),
    finishedAt: Number(finishedAt),
    serviceMs: Number(serviceMs),
    value: JSON.parse(written(value)),
  };
}

export function parseRecord(entry: string): TaskRecord {
  const [collectedAt = '', met = ''] = entry.split(' ', 2);
  return {
    ...parseFinished(entry.slice(collectedAt.length + met.length + 2)),
    collectedAt: Number(collectedAt),
    metDeadline: met === '1',
  };
}

export function parseDeadLetter(entry: string): DeadLetter {
  const [diedAt, line = '', json, error] = entry.split('\n');
  return { ...queuedTask(line, json), diedAt: Number(diedAt), error: String(JSON.parse(written(error))) };
}

function queuedTask(line: string, json: string | undefined): QueuedTask {
  const [id = '', generated, expectedServiceMs = '', deadlineMs = '', attempts] = line.split(' ');
  const task = parseTaskBody({ id, expectedServiceMs, deadlineMs }, written(json));
  const generatedAt = Number(generated);
  const deadlineAt = generatedAt + task.deadlineMs;
  return {
    ...task,
    generatedAt,
    deadlineAt,
    latestStart: deadlineAt - task.expectedServiceMs,
    attempts: Number(attempts),
  };
}

function written(json: string | undefined): string {
  if (json === undefined) throw new Error('queue entry without its body: it was not written by the queue');
  return json;
}
