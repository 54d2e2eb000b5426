import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FarmhandError } from '#shared/errors.ts';
import { z } from 'zod';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { writePrivateFile } from './state-folder.ts';

/** The right to run a farm on a state folder, held by one process at a time. */
export interface FarmLock {
  /** Who held it before and died without giving it back: its processes may still run. Null after an orderly stop. */
  readonly abandonedBy: ProcessIdentity | null;
  release(): void;
}

/** `released`: given back. Otherwise held as long as the process lives, so a killed farm blocks nobody. */
const holderSchema = z.strictObject({ pid: z.int(), startToken: z.string(), released: z.boolean() });
type Holder = z.infer<typeof holderSchema>;

/**
 * The lock is a folder of numbered files; the highest says who holds it. Taking it is making the next number, which the file
 * system grants to one process only, and the highest file is never removed: so nobody can mistake a fresh lock for the stale
 * one that it looked at a moment ago, as happens where a stale lock file is deleted and made again.
 * Throws CONFLICT while another process holds it.
 */
export function takeFarmLock(folder: string): FarmLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const self = identify(process.pid);
  if (self === null) throw new FarmhandError('INTERNAL', 'this process cannot find itself among the running ones');
  for (;;) {
    const last = highest(folder);
    const holder = readHolder(folder, last);
    if (holder !== null && isAlive(holder)) {
      throw new FarmhandError('CONFLICT', `process ${holder.pid} runs or starts a farm on ${folder}`);
    }
    const mine = last + 1;
    if (!createWhole(folder, mine, { ...self, released: false })) continue;
    if (highest(folder) !== mine) {
      // Others took and gave back higher numbers since we looked, and removed this one in between: ours is void.
      rmSync(join(folder, String(mine)), { force: true });
      continue;
    }
    for (const number of numbers(folder)) if (number < mine) rmSync(join(folder, String(number)), { force: true });
    return {
      abandonedBy: holder,
      release: () => writePrivateFile(join(folder, String(mine)), JSON.stringify({ ...self, released: true })),
    };
  }
}

/** Who holds the lock, or held it and died without giving it back; null when it is free. */
export function lockHolder(folder: string): ProcessIdentity | null {
  return existsSync(folder) ? readHolder(folder, highest(folder)) : null;
}

function numbers(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function highest(folder: string): number {
  return Math.max(0, ...numbers(folder));
}

/** Null: never taken, given back, removed meanwhile (then a higher number is there), or cut off as the whole machine went down. */
function readHolder(folder: string, number: number): ProcessIdentity | null {
  let text: string;
  try {
    text = readFileSync(join(folder, String(number)), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const parsed = holderSchema.safeParse(text === '' ? null : JSON.parse(text));
  if (!parsed.success || parsed.data.released) return null;
  return { pid: parsed.data.pid, startToken: parsed.data.startToken };
}

/** Makes the file with its whole text at once; false when another process was first. */
function createWhole(folder: string, number: number, holder: Holder): boolean {
  const temporary = join(folder, `new-${randomUUID()}`);
  try {
    writeFileSync(temporary, JSON.stringify(holder), { mode: 0o600 });
    linkSync(temporary, join(folder, String(number)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
