import type { Claim, DeadLetter, FinishedTask, QueuedTask, Task, TaskBody, TaskRecord, WithoutBody } from '../task.ts';

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
export function parseClaim(line: string, body: string): Claim {
  return parseHeld(line, parseBody(body));
}

/** An entry of `result`. */
export function parseFinished(entry: string): WithoutBody<FinishedTask> {
  const [own = '', line = '', value] = entry.split('\n');
  const [worker = '', finishedAt, serviceMs] = own.split(' ');
  const { task, claimedAt } = parseHeld(line, {});
  return {
    ...task,
    worker,
    claimedAt,
    finishedAt: Number(finishedAt),
    serviceMs: Number(serviceMs),
    value: JSON.parse(written(value)),
  };
}

/** An entry of `record`, which says how a task ended. */
export function parseVerdict(entry: string): WithoutBody<TaskRecord> {
  const [collectedAt = '', met = ''] = entry.split(' ', 2);
  return {
    ...parseFinished(entry.slice(collectedAt.length + met.length + 2)),
    collectedAt: Number(collectedAt),
    metDeadline: met === '1',
  };
}

export function parseRecord(entry: string, body: string | undefined): TaskRecord {
  return { ...parseBody(body), ...parseVerdict(entry) };
}

export function parseDeadLetter(entry: string, body: string | undefined): DeadLetter {
  const [diedAt, header = '', error] = entry.split('\n');
  const end = { diedAt: Number(diedAt), error: String(JSON.parse(written(error))) };
  return { ...queuedTask(header.split(' '), parseBody(body)), ...end };
}

function parseHeld<Body extends object>(line: string, body: Body): Omit<Claim, 'task'> & { task: Queued<Body> } {
  const [epoch, id = '', claimedAt, leaseExpiresAt, ...rest] = line.split(' ');
  return {
    task: queuedTask([id, ...rest], body),
    epoch: Number(epoch),
    claimedAt: Number(claimedAt),
    leaseExpiresAt: Number(leaseExpiresAt),
  };
}

type Queued<Body> = Body & WithoutBody<QueuedTask>;

function queuedTask<Body extends object>(header: readonly string[], body: Body): Queued<Body> {
  const [id = '', generated, expected, deadline, attempts, run = NO_RUN] = header;
  const generatedAt = Number(generated);
  const expectedServiceMs = Number(expected);
  const deadlineMs = Number(deadline);
  const deadlineAt = generatedAt + deadlineMs;
  return {
    ...body,
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

function parseBody(json: string | undefined): TaskBody {
  return JSON.parse(written(json)) as TaskBody;
}

function written(json: string | undefined): string {
  if (json === undefined) throw new Error('queue entry without its body: it was not written by the queue');
  return json;
}
