import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildContext } from './build-context.ts';

/**
 * Makes `folder` hold the files of `context` and nothing else. A file that is the same already is left alone, and one that
 * differs is replaced by rename, so a function that runs from the folder meets the old file or the new one, never a part.
 * @returns how many files were written or removed.
 */
export function mirror(context: BuildContext, folder: string): number {
  mkdirSync(folder, { recursive: true });
  const stale = findStale(context, folder);
  for (const path of stale) rmSync(join(folder, path), { recursive: true, force: true });
  const changed = [...context].filter(([path, source]) => !isSame(source, join(folder, path)));
  if (changed.length > 0) {
    // Beside the folder: a rename must not cross file systems, and a crash must leave nothing inside.
    const staging = mkdtempSync(`${folder}.new-`);
    try {
      for (const [path, source] of changed) replace(source, join(folder, path), join(staging, 'file'));
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
  }
  return stale.length + changed.length;
}

/** Entries below `folder` that the context does not have, or has as the other of file and folder; parents stand for all below. */
function findStale(context: BuildContext, folder: string): string[] {
  const folders = new Set<string>();
  for (const path of context.keys()) {
    for (let at = dirname(path); at !== '.' && !folders.has(at); at = dirname(at)) folders.add(at);
  }
  const stale: string[] = [];
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory() && folders.has(path)) visit(path);
      else if (!(entry.isFile() && context.has(path))) stale.push(path);
    }
  };
  visit('');
  return stale;
}

/** Same size and time means the same file, as for make and rsync; the same bytes under another time are given the source's. */
function isSame(source: string, target: string): boolean {
  const there = statSync(target, { throwIfNoEntry: false });
  const wanted = statSync(source);
  if (there === undefined || there.size !== wanted.size || there.mode !== wanted.mode) return false;
  if (Math.abs(there.mtimeMs - wanted.mtimeMs) < 1) return true;
  if (!readFileSync(source).equals(readFileSync(target))) return false;
  utimesSync(target, wanted.atime, wanted.mtime);
  return true;
}

function replace(source: string, target: string, staged: string): void {
  const { atime, mtime } = statSync(source);
  copyFileSync(source, staged);
  utimesSync(staged, atime, mtime);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(staged, target);
}
