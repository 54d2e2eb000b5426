import { constants, open, realpath } from 'node:fs/promises';
import { basename, isAbsolute, resolve, sep } from 'node:path';
import { coerceError } from '#shared/errors.ts';
import type { QueuedTask } from '#shared/task.ts';
import { PermanentError, type KindContext } from '../kind.ts';

/** Above the cap of blobs: a file need not pass through Redis. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

export interface EncodedPicture {
  /** What messages call it: the payload's name, else the file's, else the task's id. */
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * The picture's bytes: the task's blob, or on one machine the file that the payload names.
 * PermanentError when there is neither, or the file is missing, not below the roots, not a regular file, or too large.
 */
export async function readSource(
  task: QueuedTask,
  payload: { path?: string | undefined; name?: string | undefined },
  context: Pick<KindContext, 'blob' | 'fileRoots'>,
): Promise<EncodedPicture> {
  if (task.blob === true) return { name: payload.name ?? task.id, bytes: await context.blob() };
  if (payload.path === undefined) {
    throw new PermanentError(`image task ${task.id} has no picture: give it a blob, or payload.path on one machine`);
  }
  const bytes = await readBelow(payload.path, context.fileRoots ?? []);
  return { name: payload.name ?? basename(payload.path), bytes };
}

const unreadable = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'ENAMETOOLONG', 'ENXIO']);

async function readBelow(path: string, roots: readonly string[]): Promise<Buffer> {
  if (roots.length === 0) throw new PermanentError(`${path}: this worker reads no files; send the picture as a blob`);
  if (!isAbsolute(path)) throw new PermanentError(`${path}: expected an absolute path`);
  try {
    // Links are followed first, so that none leads out of the roots.
    const real = await realpath(path);
    const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => resolve(root))));
    if (!allowed.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))) {
      throw new PermanentError(`${path}: not below the folders that files are read from (${roots.join(', ')})`);
    }
    return await readRegularFile(real);
  } catch (thrown) {
    const { code, message } = coerceError(thrown) as NodeJS.ErrnoException;
    if (code !== undefined && unreadable.has(code)) {
      throw new PermanentError(`${path}: cannot be read: ${message}`, { cause: thrown });
    }
    throw thrown;
  }
}

async function readRegularFile(path: string): Promise<Buffer> {
  // Without O_NONBLOCK a pipe in the folder would hang the worker at open.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new PermanentError(`${path}: expected a regular file`);
    if (stat.size > MAX_FILE_BYTES) {
      throw new PermanentError(`${path}: ${stat.size} bytes, expected at most ${MAX_FILE_BYTES}`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
