import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';
import { modelName, nameAllowed } from './model-name.ts';
import { MODEL_JSON, readModel, writeModel, type ModelAndProvenance } from './model-files.ts';

/** Names the default policy of each workload family. */
export const BEST_FILE = 'best.json';

const bestAllowed = 'expected an object from workload families to the names of models or policies';
const bestSchema = z.record(z.string(), modelName, bestAllowed);

/**
 * Models by name: a folder of them, each a folder itself. `models/` in the project's root is the one that ships. Its
 * best.json says which one the policy name `best` stands for: {"reference": "sarsa-reference", "default": "trend"}.
 */
export class ModelFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The names of all models, in order; none where the folder does not exist. */
  async list(): Promise<readonly string[]> {
    if (!existsSync(this.path)) return [];
    const entries = await readdir(this.path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && existsSync(join(this.path, entry.name, MODEL_JSON)))
      .map(({ name }) => name)
      .sort();
  }

  /** @throws NOT_FOUND with the names that there are; MODEL_INVALID where it is damaged, naming its folder. */
  async read(name: string): Promise<ModelAndProvenance> {
    const folder = this.#folderOf(name);
    if (existsSync(folder)) return readModel(folder);
    const names = (await this.list()).join(', ') || 'none';
    throw new FarmhandError('NOT_FOUND', `model ${name}: ${this.path} has no such model; it has ${names}`);
  }

  /** Writes the model under that name, over the one that has it. @throws MODEL_INVALID for a name that is no name. */
  write(name: string, stored: ModelAndProvenance): void {
    writeModel(this.#folderOf(name), stored);
  }

  /**
   * What `best` stands for on a workload: the entry of its name, else of the longest beginning of it that has one
   * (`reference` for `reference-as-coded`), else `default`.
   * @throws NOT_FOUND where none of them has an entry; MODEL_INVALID where best.json is not usable.
   */
  async best(workload: string): Promise<string> {
    const file = join(this.path, BEST_FILE);
    const entries = parseBest(await readBest(file), file);
    const family = Object.keys(entries)
      .filter((key) => workload === key || workload.startsWith(`${key}-`))
      .sort((a, b) => b.length - a.length)[0];
    const best = entries[family ?? 'default'];
    if (best !== undefined) return best;
    const known = Object.keys(entries).join(', ') || 'none';
    throw new FarmhandError(
      'NOT_FOUND',
      `${file}: no entry for workload ${workload}, and no "default"; it has ${known}`,
    );
  }

  #folderOf(name: string): string {
    if (modelName.safeParse(name).success) return join(this.path, name);
    throw new FarmhandError('MODEL_INVALID', `model ${JSON.stringify(name)}: ${nameAllowed}`);
  }
}

async function readBest(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new FarmhandError('NOT_FOUND', `${file}: cannot be read: ${coerceError(cause).message}`, { cause });
  }
}

function parseBest(text: string, file: string): Readonly<Record<string, string>> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new FarmhandError('MODEL_INVALID', `${file}: not JSON: ${coerceError(cause).message}`, { cause });
  }
  const parsed = bestSchema.safeParse(document);
  if (!parsed.success) throw new FarmhandError('MODEL_INVALID', `${file}: ${describeIssues(parsed.error, document)}`);
  return parsed.data;
}
