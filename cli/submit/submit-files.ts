import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Rng } from '#shared/rng.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { CollectorClient, type ResultState } from '../farm/collector.ts';
import { EmitterClient } from '../farm/emitter.ts';
import type { FarmHttp } from '../farm/http.ts';
import { count } from '../format.ts';
import { interruptedCode } from '../interrupted.ts';
import type { Output } from '../output.ts';
import { renderTable } from '../table.ts';
import { batches } from './batches.ts';
import { readTasks, unreadable, type TaskRequest } from './read-tasks.ts';
import { waitForResults } from './wait.ts';

export interface SubmitOptions {
  readonly deadline?: number;
  readonly out?: string;
  readonly wait?: boolean;
}

interface SubmittedTask {
  readonly id: string;
  readonly source: string;
  /** The farm had this id already; the task was not taken twice. */
  readonly duplicate: boolean;
}

/** Submits every task of the files; with `wait`, until each has ended. */
export async function submitFiles(
  cli: Cli,
  request: { http: FarmHttp; files: readonly string[]; options: SubmitOptions; output: Output },
): Promise<ExitCode> {
  const { http, files, options, output } = request;
  const tasks = await readTasks(files, {
    cwd: cli.cwd,
    stdin: cli.stdin,
    newId: () => newTaskId(cli.rng),
    ...(options.deadline !== undefined && { deadlineMs: options.deadline * 1000 }),
    ...(options.out !== undefined && { out: resolve(cli.cwd, options.out) }),
  });
  const submitted: SubmittedTask[] = [];
  try {
    for await (const batch of send(new EmitterClient(http), tasks)) {
      submitted.push(...batch);
      if (cli.signal.aborted) break;
    }
  } catch (thrown) {
    if (submitted.length > 0) output.say(['Submitted before this failed:', ...renderSubmitted(submitted)].join('\n'));
    throw thrown;
  }
  const ids = submitted.map(({ id }) => id);
  const accepted = submitted.filter(({ duplicate }) => !duplicate).map(({ id }) => id);
  const duplicates = submitted.filter(({ duplicate }) => duplicate).map(({ id }) => id);
  output.say(renderSubmitted(submitted).join('\n'));
  if (options.wait !== true) {
    output.result({ accepted, duplicates });
    return cli.signal.aborted ? interruptedCode(cli.signal) : EXIT.ok;
  }
  const ended = await waitForResults(new CollectorClient(http), { ...cli, ids, output });
  output.say(['', ...renderEnded(submitted, ended)].join('\n'));
  output.result({
    accepted,
    duplicates,
    results: ids.map((id) => ({ id, ...(ended.get(id) ?? { state: 'unfinished' }) })),
  });
  if (cli.signal.aborted) return interruptedCode(cli.signal);
  return [...ended.values()].every(({ state }) => state === 'completed') ? EXIT.ok : EXIT.workFailed;
}

/** In batches that a gateway takes; pictures are read one batch at a time. Yields what the farm has taken. */
async function* send(emitter: EmitterClient, tasks: readonly TaskRequest[]): AsyncGenerator<SubmittedTask[]> {
  for (const batch of batches(tasks)) {
    const bodies = await Promise.all(
      batch.map(async ({ source, body, file }) =>
        file === null ? body : { ...body, blobBase64: await readPicture(source, file.path) },
      ),
    );
    const { duplicates } = await emitter.submit(bodies).catch((thrown: unknown) => {
      throw batch.length === 1 ? naming(batch[0]?.source ?? '', thrown) : thrown;
    });
    const known = new Set(duplicates);
    yield batch.map(({ body, source }) => ({ id: body.id, source, duplicate: known.has(body.id) }));
  }
}

/** The same error, with the file that it is about. */
function naming(source: string, thrown: unknown): Error {
  if (!(thrown instanceof FarmhandError)) return coerceError(thrown);
  return new FarmhandError(thrown.code, `${source}: ${thrown.message}`, { cause: thrown });
}

async function readPicture(source: string, path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(source, cause);
  });
  return bytes.toString('base64');
}

/** 62 bits; made here, so that each line of the answer can be matched with what was sent. */
function newTaskId(rng: Rng): string {
  const part = (): string =>
    rng
      .int(2 ** 31)
      .toString(36)
      .padStart(6, '0');
  return `task-${part()}${part()}`;
}

function renderSubmitted(submitted: readonly SubmittedTask[]): string[] {
  return renderTable(
    [{ title: 'id' }, { title: 'from' }, { title: '' }],
    submitted.map(({ id, source, duplicate }) => [id, source, duplicate ? 'known already' : '']),
  );
}

function renderEnded(submitted: readonly SubmittedTask[], ended: ReadonlyMap<string, ResultState>): string[] {
  const describe = (state: ResultState | undefined): string => {
    if (state === undefined) return 'unfinished';
    if (state.state === 'dead') return `dead letter: ${state.letter.error}`;
    if (state.state === 'completed') return state.record.metDeadline ? 'done in time' : 'done, late';
    return state.state;
  };
  const completed = [...ended.values()].filter(({ state }) => state === 'completed').length;
  return [
    ...renderTable(
      [{ title: 'id' }, { title: 'from' }, { title: 'result' }],
      submitted.map(({ id, source }) => [id, source, describe(ended.get(id))]),
    ),
    '',
    `${completed} of ${count(submitted.length, 'task')} completed`,
  ];
}
