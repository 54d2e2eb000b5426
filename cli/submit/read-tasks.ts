import { readFile, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { isSection } from '#shared/parse.ts';
import { parseYaml } from '#shared/yaml-text.ts';

/** A task as the emitter takes it; what stands in a user's own is the emitter's to check. */
export interface TaskRequest {
  /** What people call it in a table: the file that it came from. */
  readonly source: string;
  /** Without the picture's bytes. */
  readonly body: Readonly<Record<string, unknown>> & { readonly id: string };
  /** The picture, when the task is one; read only when it is sent. */
  readonly file: { readonly path: string; readonly bytes: number } | null;
}

export interface ReadOptions {
  readonly cwd: string;
  readonly stdin: AsyncIterable<Buffer | string>;
  /** An id for a task that has none. */
  readonly newId: () => string;
  /** For pictures, and for tasks that have none. */
  readonly deadlineMs?: number;
  /** Absolute. */
  readonly out?: string;
}

const taskFiles = new Set(['.json', '.yml', '.yaml']);

/**
 * The tasks of all arguments, in their order. Everything is looked at before anything is sent.
 * @throws USAGE for a file that is not there, is a folder, or is no YAML or JSON
 */
export async function readTasks(files: readonly string[], options: ReadOptions): Promise<TaskRequest[]> {
  const tasks: TaskRequest[] = [];
  for (const file of files) {
    if (file === '-') tasks.push(...parseTasks('stdin', await readAll(options.stdin), options));
    else if (taskFiles.has(extname(file).toLowerCase()))
      tasks.push(...parseTasks(file, await readText(file, options), options));
    else tasks.push(await pictureTask(file, options));
  }
  return tasks;
}

function parseTasks(source: string, text: string, { deadlineMs, newId }: ReadOptions): TaskRequest[] {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    throw new FarmhandError('USAGE', `${source}: neither YAML nor JSON: ${coerceError(cause).message}`, { cause });
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item, at) => {
    const where = Array.isArray(value) ? `${source}, item ${at + 1}` : source;
    if (!isSection(item)) {
      throw new FarmhandError(
        'USAGE',
        `${where}: expected a task, such as {kind: calibrated, payload: {serviceMs: 50}}`,
      );
    }
    const id = item['id'] ?? newId();
    if (typeof id !== 'string')
      throw new FarmhandError('USAGE', `${where}: id: expected a text, got ${JSON.stringify(id)}`);
    return { source, body: { ...(deadlineMs !== undefined && { deadlineMs }), ...item, id }, file: null };
  });
}

async function pictureTask(file: string, { cwd, deadlineMs, out, newId }: ReadOptions): Promise<TaskRequest> {
  const path = resolve(cwd, file);
  const stats = await stat(path).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  if (stats.isDirectory()) {
    throw new FarmhandError(
      'USAGE',
      `${file}: is a folder; 'farmhand run --images ${file}' makes a task of each of its files`,
    );
  }
  const payload = { name: basename(file), ...(out !== undefined && { out }) };
  const body = { id: newId(), kind: 'image', payload, ...(deadlineMs !== undefined && { deadlineMs }) };
  return { source: file, body, file: { path, bytes: stats.size } };
}

async function readText(file: string, { cwd }: ReadOptions): Promise<string> {
  return readFile(resolve(cwd, file), 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Why a file of the user's cannot be read, as a usage error. */
export function unreadable(file: string, cause: unknown): FarmhandError {
  const { code, message } = coerceError(cause) as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'no such file' : (code ?? message);
  return new FarmhandError('USAGE', `${file}: cannot be read: ${why}`, { cause });
}
