import { createHash } from 'node:crypto';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues, isSection } from '#shared/parse.ts';
import { observationSpace } from '../observation.ts';
import { checkpointSchema, MODEL_FORMAT, type ArrayEntry, type CheckpointContent } from './checkpoint-schema.ts';
import { readArray, writeArray } from './array-bytes.ts';
import { arrayKinds, countElements, kindOf } from './model-array.ts';
import type { Provenance } from './provenance.ts';
import { MODEL_VERSION, type ModelArray, type SavedModel } from './saved-model.ts';

/** A model as two files hold it: JSON for people, and the arrays' bytes. docs/models.md shows one. */
export interface Checkpoint {
  readonly json: string;
  readonly weights: Uint8Array;
}

/** The model in bytes. The same model gives the same bytes, on every machine. */
export function encodeCheckpoint(model: SavedModel, provenance: Provenance | null = null): Checkpoint {
  const entries: ArrayEntry[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(model.arrays)) {
    if (countElements(shape) !== data.length) {
      throw new RangeError(`array ${name}: shape [${shape.join(', ')}] does not hold ${data.length} numbers`);
    }
    entries.push({ name, dtype: kindOf(data), shape: [...shape], offset });
    offset += data.byteLength;
  }
  const weights = new Uint8Array(offset);
  for (const { name, offset: at } of entries) writeArray(weights, at, model.arrays[name]?.data ?? new Uint8Array());
  const { agent, observationSize, actions, settings, progress } = model;
  const content: CheckpointContent = {
    format: MODEL_FORMAT,
    version: MODEL_VERSION,
    agent,
    observationSize,
    actions: { ...actions },
    settings: { ...settings },
    progress: progress === null ? null : { ...progress },
    arrays: entries,
    weights: { bytes: weights.byteLength, sha256: sha256(weights) },
    provenance,
  };
  return { json: `${JSON.stringify({ ...content, sha256: hashContent(content) }, null, 2)}\n`, weights };
}

/**
 * The model in these bytes, with where it comes from.
 * @throws MODEL_INVALID, with what was found and what is allowed: not JSON (truncated), another format or version, a
 * checksum that does not fit, an unknown agent, another observation size, weights of another length, an array out of place.
 */
export function decodeCheckpoint({ json, weights }: Checkpoint): { model: SavedModel; provenance: Provenance | null } {
  const content = parseContent(json);
  if (content.observationSize !== observationSpace.length) {
    const { observationSize } = content;
    refuse(`observationSize: it reads observations of ${observationSize} numbers; expected ${observationSpace.length}`);
  }
  if (weights.byteLength !== content.weights.bytes) {
    const how = weights.byteLength < content.weights.bytes ? 'truncated' : 'not the ones of this model';
    refuse(`weights are ${how}: ${weights.byteLength} bytes; expected ${content.weights.bytes}`);
  }
  checkHash('weights', { found: sha256(weights), recorded: content.weights.sha256 });
  const { agent, observationSize, actions, settings, progress, provenance } = content;
  const arrays = Object.fromEntries(
    content.arrays.map((entry) => [entry.name, { shape: entry.shape, data: takeBytes(entry, weights) }]),
  );
  return { model: { agent, observationSize, actions, settings, progress, arrays }, provenance };
}

/** Format and version are looked at first: of another version, nothing else can be judged. */
function parseContent(json: string): CheckpointContent {
  const document = parseJson(json);
  if (!isSection(document)) return refuse('JSON: expected an object with a format');
  const { sha256: recorded, ...rest } = document;
  if (rest['format'] !== MODEL_FORMAT) {
    refuse(`format is ${shown(rest['format'])}; expected ${JSON.stringify(MODEL_FORMAT)}`);
  }
  if (rest['version'] !== MODEL_VERSION) {
    refuse(`version is ${shown(rest['version'])}; this Farmhand reads version ${MODEL_VERSION} and no other`);
  }
  checkHash('JSON', { found: hashContent(rest), recorded });
  const parsed = checkpointSchema.safeParse(rest);
  if (!parsed.success) return refuse(describeIssues(parsed.error, rest));
  return parsed.data;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new FarmhandError('MODEL_INVALID', `not JSON, or truncated: ${(cause as Error).message}`, { cause });
  }
}

function takeBytes({ name, dtype, shape, offset }: ArrayEntry, weights: Uint8Array): ModelArray {
  const length = countElements(shape);
  const end = offset + length * arrayKinds[dtype].BYTES_PER_ELEMENT;
  if (end > weights.byteLength) {
    refuse(`array ${name}: ${dtype} [${shape.join(', ')}] ends at byte ${end}; the weights have ${weights.byteLength}`);
  }
  return readArray(weights, { dtype, offset, length });
}

function checkHash(what: string, { found, recorded }: { found: string; recorded: unknown }): void {
  if (found === recorded) return;
  refuse(
    `checksum of the ${what}: SHA-256 is ${found}, recorded is ${shown(recorded)}; the file was changed or damaged`,
  );
}

/** Hashed without white space, so that a file that was only formatted anew is still itself. */
function hashContent(content: unknown): string {
  return sha256(Buffer.from(JSON.stringify(JSON.parse(JSON.stringify(content)))));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function refuse(message: string): never {
  throw new FarmhandError('MODEL_INVALID', message);
}
