import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../learn/checkpoint.ts';
import type { Provenance } from '../learn/provenance.ts';
import type { SavedModel } from '../learn/saved-model.ts';

/** The two files of a model's folder. */
export const MODEL_JSON = 'model.json';
export const MODEL_WEIGHTS = 'weights.bin';

/** A model as a folder holds it. */
export interface ModelAndProvenance {
  readonly model: SavedModel;
  readonly provenance: Provenance | null;
}

/** Reads go wrong between a writer's two renames; the next look finds both. */
const READS = 2;

/**
 * The model in a folder.
 * @throws NOT_FOUND where a file of it is not there; MODEL_INVALID for what checkpoint.ts refuses. Both name the file or folder.
 */
export async function readModel(folder: string): Promise<ModelAndProvenance> {
  for (let left = READS; ; left -= 1) {
    const json = await read(folder, MODEL_JSON);
    const weights = await read(folder, MODEL_WEIGHTS);
    try {
      return decodeCheckpoint({ json: json.toString('utf8'), weights });
    } catch (thrown) {
      if (left > 1) continue;
      if (thrown instanceof FarmhandError) {
        throw new FarmhandError(thrown.code, `model ${folder}: ${thrown.message}`, { cause: thrown });
      }
      throw thrown;
    }
  }
}

/**
 * Writes the model into a folder, which is made if need be. Readers find the old model or the new one: both files are
 * written beside their places first, and one after the other renamed in a single turn of the event loop. Only a crash of the
 * machine between the two renames leaves a pair that does not fit, which its checksum tells.
 */
export function writeModel(folder: string, { model, provenance }: ModelAndProvenance): void {
  const { json, weights } = encodeCheckpoint(model, provenance);
  const files = [
    { file: join(folder, MODEL_WEIGHTS), content: weights },
    { file: join(folder, MODEL_JSON), content: json },
  ].map((each) => ({ ...each, draft: `${each.file}.${crypto.randomUUID()}.tmp` }));
  mkdirSync(folder, { recursive: true });
  try {
    for (const { draft, content } of files) writeFileSync(draft, content);
    for (const { draft, file } of files) renameSync(draft, file);
  } finally {
    for (const { draft } of files) rmSync(draft, { force: true });
  }
}

async function read(folder: string, name: string): Promise<Buffer> {
  const file = join(folder, name);
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const message = `no model in ${folder}: ${file} does not exist; a model is a folder with ${MODEL_JSON} and ${MODEL_WEIGHTS}`;
      throw new FarmhandError('NOT_FOUND', message, { cause });
    }
    throw new FarmhandError('MODEL_INVALID', `${file}: cannot be read: ${coerceError(cause).message}`, { cause });
  }
}
