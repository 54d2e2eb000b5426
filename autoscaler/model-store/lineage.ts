import { createHash } from 'node:crypto';
import { z } from 'zod';
import { closedObject } from '#shared/parse.ts';
import { notNegative, oneOf, text, whole } from '#shared/quantity.ts';

const NAME = 200;
const sha256 = z
  .string('expected a SHA-256 in hexadecimal')
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal');
const idAllowed = 'expected a model id: sha256- and 64 hexadecimal digits';

/** Names one model for good: `sha256-` and the SHA-256 of its file (model-file.ts). */
export const modelId = z.string(idAllowed).regex(/^sha256-[0-9a-f]{64}$/, idAllowed);

/** Where a model comes from. Whatever is not known is null: a model that somebody brought along may know nothing. */
export const lineageSchema = closedObject({
  /** training: in the simulator or live, by `train`; online: from a farm at work; import: brought along in a file. */
  source: oneOf('training', 'online', 'import'),
  /** What it learnt from. */
  data: closedObject({
    workload: text(NAME).nullable(),
    /** Timing profile; `live` for a real farm. */
    profile: text(NAME).nullable(),
    /** Of workload, profile and recordings as they were: `hashOf` tells a workload that changed under its name. */
    sha256: sha256.nullable(),
    /** Farm time of the first and last transition that was learnt from, ms since 1970, and how many; null: not live. */
    live: closedObject({
      from: notNegative('a time in ms since 1970'),
      to: notNegative('a time in ms since 1970'),
      transitions: whole(0, Number.MAX_SAFE_INTEGER, 'a whole number of transitions'),
    }).nullable(),
  }),
  /** What judged its steps, by name: reference, cost-36. It can be learnt on from by the same one only. */
  reward: text(NAME).nullable().default(null),
  /** The agent's seed, and how many episodes it played. */
  seed: whole(0, Number.MAX_SAFE_INTEGER, 'a seed').nullable(),
  episodes: whole(0, Number.MAX_SAFE_INTEGER, 'a whole number of episodes').nullable(),
  /** Of everything that was configured: the training's plan, or the agent's settings and the reward. */
  configSha256: sha256.nullable(),
  /** Git revision of the code. */
  revision: text(NAME).nullable(),
  /** The model that it went on from. */
  parent: modelId.nullable(),
});

export type Lineage = Readonly<z.infer<typeof lineageSchema>>;

/** Figures on held-out seeds by name: shares from 0 to 1, times in s, workers; null: it was not evaluated. */
export const figuresSchema = z
  .record(text(100), z.union([z.number(), z.string().max(NAME), z.boolean()]), 'expected figures by name')
  .refine((figures) => Object.keys(figures).length <= 100, 'expected at most 100 figures')
  .nullable();

export type ModelFigures = z.infer<typeof figuresSchema>;

/** SHA-256 of plain data as JSON, in hexadecimal: for `data.sha256` and `configSha256`. */
export function hashOf(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}
