import { z } from 'zod';
import { closedObject } from '#shared/parse.ts';
import { seed, text, whole } from '#shared/quantity.ts';
import { scenarioSchema } from '../scenario.ts';

const MOST_SEEDS = 1_000_000;

/** What config.json of a comparison holds: with the code's version, all that its rows follow from. */
export const compareSettingsSchema = closedObject({
  scenario: scenarioSchema,
  /** Where the held-out seeds come from. */
  seed,
  /** Episodes of each policy: the same seeds for all. */
  seeds: whole(1, MOST_SEEDS, 'a whole number of seeds'),
  /** Episodes of each policy whose steps are kept; the first ones. */
  records: whole(0, MOST_SEEDS, 'a whole number of episodes'),
  policies: z
    .array(
      closedObject({
        /** As findContender takes it. */
        name: text(4096),
        /** Fewer seeds than the others, the first ones; null: all. */
        seeds: whole(1, MOST_SEEDS, 'a whole number of seeds').nullable(),
      }),
    )
    .min(1),
});

export type CompareSettings = z.infer<typeof compareSettingsSchema>;
