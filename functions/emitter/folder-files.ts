import { readdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';

/** Files that one run may take from a folder. */
const MOST_FILES = 100_000;

/**
 * Every regular file below a folder, relative to it and sorted, hidden ones left out. Whether it is an image is found out by
 * whoever opens it: what is not ends as a dead letter that says so.
 * @throws FarmhandError BODY_INVALID when the folder is not below one of `roots`, NOT_FOUND when it cannot be read.
 */
export async function folderFiles(folder: string, roots: readonly string[]): Promise<readonly string[]> {
  const real = await allowedFolder(folder, { roots, key: 'emitter.imageRoots' });
  const entries = await readdir(real, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new FarmhandError('NOT_FOUND', `folder ${folder}: cannot be read`, { cause });
  });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(real, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(sep).some((part) => part.startsWith('.')))
    .sort();
  if (files.length > MOST_FILES) {
    throw new FarmhandError(
      'BODY_INVALID',
      `folder ${folder}: ${files.length} files; at most ${MOST_FILES} are allowed in one run`,
    );
  }
  return files;
}

async function allowedFolder(folder: string, allowed: { roots: readonly string[]; key: string }): Promise<string> {
  if (!isAbsolute(folder)) throw new FarmhandError('BODY_INVALID', `path: expected an absolute path, got ${folder}`);
  const resolve = async (path: string): Promise<string | null> => realpath(path).catch(() => null);
  const real = await resolve(folder);
  if (real === null) throw new FarmhandError('NOT_FOUND', `folder ${folder}: does not exist on the emitter's machine`);
  const roots = (await Promise.all(allowed.roots.map(resolve))).filter((root) => root !== null);
  const below = roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`));
  if (!below) {
    throw new FarmhandError(
      'BODY_INVALID',
      `folder ${folder}: expected one below ${allowed.roots.join(', ')} (${allowed.key})`,
    );
  }
  return real;
}
