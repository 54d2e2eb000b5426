import type { Claim, DeadLetter, FinishedTask, QueuedTask, Task, TaskRecord } from '../task.ts';

/**
 * How a task stands in Redis. Its body, JSON of any size, is written once under its id and read when it is claimed. What moves
 * from list to list is its header, words between blanks, which the scripts read and write; each stage puts its own words beside
 * it. (JSON.stringify prints no newline.)
 *
 *   header      id generatedAt expectedServiceMs deadlineMs attempts run
 *   input       header, or of a phase: id acceptedAt run ⏎ JSON
 *   lane, line  header
 *   claim       epoch id claimedAt leaseExpiresAt generatedAt ... (the rest of the header)
 *   hands       sequence answer, and for each claim: ⏎ claim
 *   result      worker finishedAt serviceMs ⏎ claim ⏎ value
 *   record      collectedAt met worker finishedAt serviceMs ⏎ claim ⏎ value
 *   dead        diedAt ⏎ header ⏎ error
 *
 * Of a task that waits there may be many, so its body has nothing that its header says.
 */
export function taskBody(task: Task): string {
  return JSON.stringify({
    ...task,
    id: undefined,
    expectedServiceMs: undefined,
    deadlineMs: undefined,
    run: undefined,
  });
}

/** How a header says "of no run"; no run has this name, because a run's begins with its workload's. */
export const NO_RUN = '-';

/** A task of `run` as it stands in the run's output (lua/by-run.lua): what its id has after the run's name, or `=id`. */
export function idOfRun(run: string, entry: string): string {
  return entry.startsWith('=') ? entry.slice(1) : run + entry;
}

/** A claim as it stands in its worker's hands. */
export function parseClaim(line: string, body: string | null | undefined): Claim {
  const [epoch, id = '', claimedAt, leaseExpiresAt, ...rest] = line.split(' ');
  return {
    task: queuedTask([id, ...rest], body),
    epoch: Number(epoch),
    claimedAt: Number(claimedAt),
    leaseExpiresAt: Number(leaseExpiresAt),
  };
}

/** The id of the task in an entry of result or record. */
export function idIn(entry: string): string {
  const from = entry.indexOf(' ', entry.indexOf('\n')) + 1;
  return entry.slice(from, entry.indexOf(' ', from));
}

export function parseFinished(entry: string, body: string | null | undefined): FinishedTask {
  const [own = '', line = '', value] = entry.split('\n');
  const [worker = '', finishedAt, serviceMs] = own.split(' ');
  const { task, claimedAt } = parseClaim(line, body);
  return {
    ...task,
    worker,
    claimedAt,
    finishedAt: Number(finishedAt),
    serviceMs: Number(serviceMs),
    value: JSON.parse(written(value)),
  };
}

export function parseRecord(entry: string, body: string | null | undefined): TaskRecord {
  const [collectedAt = '', met = ''] = entry.split(' ', 2);
  return {
    ...parseFinished(entry.slice(collectedAt.length + met.length + 2), body),
    collectedAt: Number(collectedAt),
    metDeadline: met === '1',
  };
}

export function parseDeadLetter(entry: string, body: string | null | undefined): DeadLetter {
  const [diedAt, header = '', error] = entry.split('\n');
  return { ...queuedTask(header.split(' '), body), diedAt: Number(diedAt), error: String(JSON.parse(written(error))) };
}

function queuedTask(header: readonly string[], body: string | null | undefined): QueuedTask {
  const [id = '', generated, expected, deadline, attempts, run = NO_RUN] = header;
  const generatedAt = Number(generated);
  const expectedServiceMs = Number(expected);
  const deadlineMs = Number(deadline);
  const deadlineAt = generatedAt + deadlineMs;
  return {
    ...(JSON.parse(written(body)) as Omit<Task, 'id' | 'expectedServiceMs' | 'deadlineMs' | 'run'>),
    id,
    ...(run === NO_RUN ? {} : { run }),
    expectedServiceMs,
    deadlineMs,
    generatedAt,
    deadlineAt,
    latestStart: deadlineAt - expectedServiceMs,
    attempts: Number(attempts),
  };
}

function written(json: string | null | undefined): string {
  if (json === undefined || json === null)
    throw new Error('queue entry without its body: it was not written by the queue');
  return json;
}
