import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { closedObject, describeDepth, describeIssues, isSection } from '#shared/parse.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../learn/checkpoint.ts';
import { figuresSchema, lineageSchema } from './lineage.ts';
import { modelName } from './model-name.ts';
import type { ModelToStore } from './model-store.ts';

export const MODEL_FILE_FORMAT = 'farmhand-model-file';
const VERSION = 1;

/** Everything of a file but its own checksum, in the order in which it is written. */
const fileSchema = closedObject({
  format: z.literal(MODEL_FILE_FORMAT),
  version: z.literal(VERSION),
  name: modelName,
  lineage: lineageSchema,
  figures: figuresSchema,
  /** model.json's content, with the arrays' checksum. */
  model: z.record(z.string(), z.unknown(), 'expected the content of a model.json'),
  /** weights.bin. */
  weights: z.base64('expected the bytes of the weights as base64'),
});

export interface EncodedModel {
  /** `sha256-…` */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * A model with its name, lineage and figures as one self-contained file, JSON without white space. The same content gives the same
 * bytes on every machine. Its last key is the SHA-256 of the rest, and that is the model's id.
 */
export function encodeModelFile({ name, model, lineage, figures }: ModelToStore): EncodedModel {
  const { json, weights } = encodeCheckpoint({ ...model, progress: null });
  // Parsed: the schema's order of keys is the file's, whatever order they came in.
  const content = fileSchema.parse({
    format: MODEL_FILE_FORMAT,
    version: VERSION,
    name,
    lineage,
    figures,
    model: JSON.parse(json) as unknown,
    weights: Buffer.from(weights).toString('base64'),
  });
  const sha256 = hash(content);
  return { id: `sha256-${sha256}`, bytes: Buffer.from(JSON.stringify({ ...content, sha256 })) };
}

/**
 * The model in these bytes; one that was only formatted anew is still itself.
 * @throws MODEL_INVALID with what was found and what is allowed: no JSON (truncated), another format or version, a checksum
 * that does not fit, and what checkpoint.ts refuses.
 */
export function decodeModelFile(bytes: Uint8Array): ModelToStore & { readonly id: string } {
  const document = parseJson(bytes);
  const { sha256, ...rest } = document;
  if (rest['format'] !== MODEL_FILE_FORMAT || rest['version'] !== VERSION) {
    const found = `format ${JSON.stringify(rest['format'])}, version ${JSON.stringify(rest['version'])}`;
    refuse(`${found}: expected format "${MODEL_FILE_FORMAT}", version ${VERSION}`);
  }
  const found = hash(rest);
  if (found !== sha256) {
    refuse(`checksum: SHA-256 is ${found}, recorded is ${JSON.stringify(sha256)}; the file was changed or damaged`);
  }
  const parsed = fileSchema.safeParse(rest);
  if (!parsed.success) return refuse(describeIssues(parsed.error, rest));
  const { name, lineage, figures, model, weights } = parsed.data;
  const decoded = decodeCheckpoint({ json: JSON.stringify(model), weights: Buffer.from(weights, 'base64') });
  return { id: `sha256-${found}`, name, lineage, figures, model: decoded.model };
}

/** Whether a file's content claims to be a model file: what a path is looked at for. */
export function isModelFile(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).subarray(0, 200).includes(MODEL_FILE_FORMAT);
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new FarmhandError('MODEL_INVALID', `not JSON, or truncated: ${(cause as Error).message}`, { cause });
  }
  const tooDeep = describeDepth(document);
  if (tooDeep !== null) refuse(tooDeep);
  return isSection(document) ? document : refuse('JSON: expected an object with a format');
}

function hash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function refuse(message: string): never {
  throw new FarmhandError('MODEL_INVALID', message);
}
