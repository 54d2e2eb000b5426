import { z } from 'zod';
import { closedObject } from '#shared/parse.ts';
import { seed } from '#shared/quantity.ts';
import { trainingPlanSchema } from './plan.ts';

/** What config.json of a training holds: one plan, for as many trainings as there are agent seeds. */
export const trainSettingsSchema = closedObject({
  plan: trainingPlanSchema.omit({ agentSeed: true }),
  agentSeeds: z.array(seed).min(1),
});

export type TrainSettings = z.infer<typeof trainSettingsSchema>;
