import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { closedObject, describeIssues } from '#shared/parse.ts';
import type { RunDirectory } from './run-directory.ts';

/** What was run: complete, so that the same can be run again. */
export const RUN_CONFIG = 'config.json';

/** When it was run, and by what command. The only file of a run directory that differs between two runs of the same. */
export const RUN_TIMES = 'run.json';

export const runKinds = ['train', 'evaluate', 'simulate', 'compare', 'validate', 'run'] as const;
export type RunKind = (typeof runKinds)[number];

const provenance = closedObject({
  farmhand: z.string(),
  node: z.string(),
  gitRevision: z.string(),
  sourcesSha256: z.string(),
});

/** What runs of all kinds have; `settings` is the kind's own. */
export interface RunConfig<Settings> {
  readonly kind: RunKind;
  readonly provenance: z.infer<typeof provenance>;
  readonly settings: Settings;
}

export function writeRunConfig(directory: RunDirectory, config: RunConfig<unknown>): void {
  directory.writeJson(RUN_CONFIG, config);
}

/** @throws RUN_INVALID for a folder that is no run of this kind, naming the file and the key */
export function readRunConfig<Settings>(
  directory: RunDirectory,
  kind: RunKind,
  settings: z.ZodType<Settings>,
): RunConfig<Settings> {
  const file = directory.file(RUN_CONFIG);
  const schema = closedObject({
    kind: z.literal(kind, `expected a run of kind ${kind}`),
    provenance,
    settings,
  });
  const document = readJson(file);
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw new FarmhandError('RUN_INVALID', `${file}: ${describeIssues(parsed.error, document)}`);
  return parsed.data;
}

/** @throws RUN_INVALID for a file that is not there or is not JSON */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new FarmhandError('RUN_INVALID', `${file}: cannot be read: ${coerceError(cause).message}`, { cause });
  }
}
