import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Redis } from 'ioredis';
import { FarmhandError } from '#shared/errors.ts';
import { runScript } from '#shared/redis-script.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import { BEST_MODEL, CHECKPOINT, TRAINING_STEPS } from '../train/training-files.ts';
import type { RunKeys } from './run-keys.ts';
import { SAVE } from './run-scripts.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** A larger one is not kept: the training begins again after a restart. Redis is memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What a training goes on from: its checkpoint, its best model, and the table that the checkpoint counts on. */
const NEEDED = new RegExp(`(^|/)(${CHECKPOINT}/|${BEST_MODEL}/|${TRAINING_STEPS}$)`);

export interface CheckpointParts {
  readonly redis: Redis;
  readonly keys: RunKeys;
  readonly run: string;
  /** Who holds the lease. */
  readonly holder: string;
}

/** Keeps a training's checkpoint in Redis. @throws CONFLICT where the run is another process's by now */
export async function keepCheckpoint(directory: RunDirectory, parts: CheckpointParts): Promise<void> {
  const { redis, keys, run, holder } = parts;
  const args: (string | Buffer)[] = [holder, run];
  let bytes = 0;
  for (const entry of readdirSync(directory.path, { withFileTypes: true, recursive: true })) {
    const name = relative(directory.path, join(entry.parentPath, entry.name));
    if (!entry.isFile() || !NEEDED.test(name)) continue;
    const zipped = await zip(readFileSync(directory.file(name)), { level: 1 });
    bytes += zipped.byteLength;
    args.push(name, zipped);
  }
  if (bytes > MOST_BYTES) return;
  const kept = await runScript(redis, SAVE, { keys: [keys.lease, keys.current, keys.checkpoint(run)], args });
  if (kept !== 1) throw new FarmhandError('CONFLICT', `run ${run} is not this process's any more: its lease ran out`);
}

/** Writes the checkpoint that is kept, if there is one, into an empty directory. */
export async function restoreCheckpoint(
  directory: RunDirectory,
  { redis, keys, run }: Omit<CheckpointParts, 'holder'>,
): Promise<void> {
  const files = await redis.hgetallBuffer(keys.checkpoint(run));
  for (const [name, zipped] of Object.entries(files)) directory.write(name, await unzip(zipped));
}
