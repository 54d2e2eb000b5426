import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { FarmhandError } from '#shared/errors.ts';
import { decodeModelFile } from './model-file.ts';
import { readModel } from './model-files.ts';
import type { ModelToStore } from './model-store.ts';
import { describeModel } from './shipped-models.ts';

/**
 * The model at a path: a folder of two files, or one self-contained file.
 * @throws NOT_FOUND, MODEL_INVALID that name the path
 */
export async function readModelAt(path: string): Promise<ModelToStore> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    return describeModel('model', await readModel(path));
  try {
    return decodeModelFile(await readFile(path));
  } catch (thrown) {
    if (!(thrown instanceof FarmhandError)) throw thrown;
    throw new FarmhandError(thrown.code, `model ${path}: ${thrown.message}`, { cause: thrown });
  }
}
