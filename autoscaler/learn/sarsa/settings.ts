import { z } from 'zod';
import { isAscending, sarsaLearning, stateDimensions } from '#shared/agents-schema.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';
import { binnedDimensions, countStates, MOST_STATES } from './bin-edges.ts';

const ascending = 'expected ascending numbers, one or more';
const dimension = z.strictObject({
  name: z.enum(stateDimensions, `expected one of ${stateDimensions.join(', ')}`),
  edges: z.array(z.number(ascending), ascending).min(1, ascending).refine(isAscending, ascending),
});

const schema = z
  .strictObject({ ...sarsaLearning, dimensions: z.array(dimension) })
  .refine(({ dimensions }) => countStates(dimensions) <= MOST_STATES, {
    path: ['dimensions'],
    message: `expected at most ${MOST_STATES} states`,
  });

/** All that SARSA(λ) is set by, complete: farm.yml's agents.sarsa with the state's dimensions in place of bins and edges. */
export type SarsaSettings = Readonly<z.infer<typeof schema>>;

/** @throws CONFIG_INVALID where the dimensions make too many states. */
export function sarsaSettingsOf({ bins, edges, ...learning }: FarmConfig['agents']['sarsa']): SarsaSettings {
  return {
    ...learning,
    dimensions: binnedDimensions({ bins, edges }).map(({ name, edges }) => ({ name, edges: [...edges] })),
  };
}

/** The settings of a saved model. @throws MODEL_INVALID by key. */
export function parseSarsaSettings(saved: unknown): SarsaSettings {
  const parsed = schema.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', describeIssues(parsed.error, saved, 'settings'));
}

const progressSchema = z.strictObject({
  episodes: z.int().min(0),
  steps: z.int().min(0),
  epsilon: z.number().min(0).max(1),
  rng: z.strictObject({ lineage: z.string(), state: z.tuple([z.int32(), z.int32(), z.int32(), z.int32()]) }),
});

/** What a continuation needs besides settings and table. */
export type SarsaProgress = Readonly<z.infer<typeof progressSchema>>;

/** @throws MODEL_INVALID by key. */
export function parseSarsaProgress(saved: unknown): SarsaProgress {
  const parsed = progressSchema.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', describeIssues(parsed.error, saved, 'progress'));
}
