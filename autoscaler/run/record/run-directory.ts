import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coerceError, FarmhandError } from '#shared/errors.ts';

/** Where a run leaves its files. */
export interface RunDirectory {
  /** Absolute. */
  readonly path: string;
  /** Writes a file, whole or not at all: beside it first, then renamed. Its folder is made where need be. */
  write(name: string, content: string | Uint8Array): void;
  /** JSON for people: two spaces, a newline at the end. */
  writeJson(name: string, value: unknown): void;
  /** The path of a file in it. */
  file(name: string): string;
}

/**
 * Makes `<parent>/<kind>-<utc>-<n>`; n counts the runs of one kind that began in the same second.
 * @param farmTimeMs the start, ms since 1970
 * @throws FarmhandError USAGE when the folder cannot be made
 */
export function createRunDirectory(parent: string, name: { kind: string; farmTimeMs: number }): RunDirectory {
  const utc = new Date(name.farmTimeMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  make(parent, { recursive: true });
  for (let n = 1; ; n += 1) {
    const path = join(parent, `${name.kind}-${utc}-${n}`);
    if (make(path, { recursive: false })) return openRunDirectory(path);
  }
}

/** A folder that a user named, or that an earlier run made; made where it does not exist. */
export function openRunDirectory(path: string): RunDirectory {
  make(path, { recursive: true });
  return runDirectoryAt(path);
}

/** A folder that an earlier run made, for reading it: nothing is made before the first write. */
export function runDirectoryAt(path: string): RunDirectory {
  const directory: RunDirectory = {
    path,
    file: (name) => join(path, name),
    write(name, content) {
      const file = join(path, name);
      const draft = `${file}.draft`;
      mkdirSync(dirname(file), { recursive: true });
      try {
        writeFileSync(draft, content);
        renameSync(draft, file);
      } catch (thrown) {
        rmSync(draft, { force: true });
        throw thrown;
      }
    },
    writeJson: (name, value) => directory.write(name, `${JSON.stringify(value, null, 2)}\n`),
  };
  return directory;
}

/** Whether it was made now; false when it was there. */
function make(path: string, options: { recursive: boolean }): boolean {
  try {
    mkdirSync(path, options);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST' && !options.recursive) return false;
    throw new FarmhandError('USAGE', `${path}: the folder cannot be made: ${coerceError(thrown).message}`, {
      cause: thrown,
    });
  }
}
