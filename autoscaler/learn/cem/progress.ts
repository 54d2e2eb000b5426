import { z } from 'zod';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';

const count = z.int().min(0);

const schema = z.strictObject({
  /** Generations that are over. */
  generation: count,
  /** The candidate in play, from 0. */
  candidate: count,
  /** Its episodes that are over, and the sum of their rewards. */
  played: count,
  sum: z.number(),
  /** Of the whole training. */
  episodes: count,
  steps: count,
  rng: z.strictObject({ lineage: z.string(), state: z.tuple([z.int32(), z.int32(), z.int32(), z.int32()]) }),
});

/** What a continuation needs besides settings and arrays. */
export type CemProgress = Readonly<z.infer<typeof schema>>;

/** @throws MODEL_INVALID by key. */
export function parseCemProgress(saved: unknown): CemProgress {
  const parsed = schema.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', describeIssues(parsed.error, saved, 'progress'));
}
