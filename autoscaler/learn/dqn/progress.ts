import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';

const generator = z.strictObject({
  lineage: z.string(),
  state: z.tuple([z.int32(), z.int32(), z.int32(), z.int32()]),
});

const schema = z.strictObject({
  episodes: z.int().min(0),
  steps: z.int().min(0),
  updates: z.int().min(0),
  epsilon: z.number().min(0).max(1),
  learningRate: z.number().min(0).max(1),
  rng: z.strictObject({ explore: generator, replay: generator }),
});

/** What a continuation needs besides settings and arrays. */
export type DqnProgress = Readonly<z.infer<typeof schema>>;

/** @throws MODEL_INVALID by key. */
export function parseDqnProgress(saved: unknown): DqnProgress {
  const parsed = schema.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', describeIssues(parsed.error, saved, 'progress'));
}
