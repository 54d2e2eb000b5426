import { z } from 'zod';
import { actionSetNames } from '../policy/action-set.ts';
import { agentNames } from './agent-name.ts';
import type { ArrayKind } from './model-array.ts';
import { provenanceSchema } from './provenance.ts';
import { MODEL_VERSION } from './saved-model.ts';

export const MODEL_FORMAT = 'farmhand-model';

const MOST_WORKERS = 1000;
const workers = z.int('expected a number of workers').min(1, 'expected 1 worker or more').max(MOST_WORKERS);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal');

const kinds = ['float32', 'float64', 'int32', 'uint8'] as const satisfies readonly ArrayKind[];
const countAllowed = 'expected a whole number, 0 or more';
const count = z.int(countAllowed).min(0, countAllowed);

/** Where an array lies in the weights: its kind of number, its lengths by axis, its first byte. */
const arrayEntry = z.strictObject({
  name: z.string().min(1),
  dtype: z.enum(kinds, `expected one of ${kinds.join(', ')}`),
  shape: z.array(count),
  offset: count,
});

export type ArrayEntry = z.infer<typeof arrayEntry>;

/** Everything of model.json but its own checksum. */
export const checkpointSchema = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  version: z.literal(MODEL_VERSION),
  agent: z.enum(agentNames, `expected an agent that this Farmhand knows: one of ${agentNames.join(', ')}`),
  observationSize: count,
  actions: z
    .strictObject({
      name: z.enum(actionSetNames, `expected one of ${actionSetNames.join(', ')}`),
      minWorkers: workers,
      maxWorkers: workers,
    })
    .refine(({ minWorkers, maxWorkers }) => minWorkers <= maxWorkers, {
      path: ['minWorkers'],
      message: 'expected at most maxWorkers',
    }),
  settings: z.record(z.string(), z.unknown()),
  progress: z.record(z.string(), z.unknown()).nullable(),
  arrays: z.array(arrayEntry).refine((entries) => new Set(entries.map(({ name }) => name)).size === entries.length, {
    message: 'expected each array once',
  }),
  weights: z.strictObject({ bytes: count, sha256 }),
  provenance: provenanceSchema.nullable(),
});

/** Agents are checked when a model is read, not when it is written: a learner knows its own name. */
export type CheckpointContent = Omit<z.infer<typeof checkpointSchema>, 'agent'> & { agent: string };
