import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** What made a run's figures. Nothing in it changes from one run to the next of the same code on the same Node. */
export interface Provenance {
  readonly farmhand: string;
  readonly node: string;
  /** The commit that is checked out, or 'unknown' where there is no repository. */
  readonly gitRevision: string;
  /** Of every source file that figures can depend on: it also tells edits apart that no commit has. */
  readonly sourcesSha256: string;
}

/** What simulating, learning and deciding are made of. */
const SOURCE_FOLDERS = ['autoscaler', 'shared'];

/** @param root the project's folder */
export function readProvenance(root: string, version: string): Provenance {
  return {
    farmhand: version,
    node: process.version,
    gitRevision: readGitRevision(root) ?? 'unknown',
    sourcesSha256: digestSources(root),
  };
}

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** HEAD's commit, read from the files of .git: git itself need not be installed. Null where there is none. */
export function readGitRevision(root: string): string | null {
  const folder = gitFolder(join(root, '.git'));
  if (folder === null) return null;
  const head = readText(join(folder, 'HEAD'));
  if (head === null) return null;
  if (COMMIT.test(head)) return head;
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return null;
  // A linked worktree has its own HEAD, and its branches in the repository it came from.
  const common = readText(join(folder, 'commondir'));
  const folders = common === null ? [folder] : [folder, resolve(folder, common)];
  for (const each of folders) {
    const commit = readText(join(each, ref)) ?? packedRef(each, ref);
    if (commit !== null && COMMIT.test(commit)) return commit;
  }
  return null;
}

/** HEAD's commit of the repository that a folder lies in; null outside of one, as in an image. */
export function codeRevision(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const revision = readGitRevision(at);
    if (revision !== null || dirname(at) === at) return revision;
  }
}

/** A worktree's and a submodule's .git is a file that names the folder. */
function gitFolder(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isDirectory()) return path;
  const named = /^gitdir: (.+)$/.exec(readText(path) ?? '')?.[1];
  if (named === undefined) return null;
  return isAbsolute(named) ? named : resolve(path, '..', named);
}

function packedRef(folder: string, ref: string): string | null {
  const lines = readText(join(folder, 'packed-refs'))?.split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? null;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function digestSources(root: string): string {
  const hash = createHash('sha256');
  for (const folder of SOURCE_FOLDERS) {
    for (const file of sourcesBelow(join(root, folder))) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

function sourcesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.([jt]s|json|lua)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
