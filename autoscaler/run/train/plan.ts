import { z } from 'zod';
import { agentSchemas } from '#shared/agents-schema.ts';
import { closedObject } from '#shared/parse.ts';
import { seed, share, text, whole, yesOrNo } from '#shared/quantity.ts';
import { agentNames } from '../../learn/agent-name.ts';
import { scenarioSchema } from '../scenario.ts';

const MOST_EPISODES = 1_000_000;

/**
 * All that one training depends on, as plain data: its result follows from it bit for bit (in virtual time). It stands in the
 * run's config.json, and a resumed training reads it there.
 */
export const trainingPlanSchema = closedObject({
  agent: z.enum(agentNames),
  /** farm.yml's `agents`, with what the command line changed. */
  settings: closedObject(agentSchemas),
  scenario: scenarioSchema,
  /** Where the held-out seeds come from, of the checks and of the final evaluation. */
  seed,
  /** Draws the training's episodes, the exploration and the initial weights. */
  agentSeed: seed,
  episodes: whole(1, MOST_EPISODES, 'a whole number of episodes'),
  /** Episodes between two checks of the greedy policy. */
  checkpointEvery: whole(1, MOST_EPISODES, 'a whole number of episodes'),
  /** Episodes of such a check. */
  evalEpisodes: whole(1, 100_000, 'a whole number of episodes'),
  /** Episodes of the final evaluation, on seeds that no check has seen. */
  finalEpisodes: whole(1, 100_000, 'a whole number of episodes'),
  /** The best check is the one with the fewest workers among those that reach this QoS; null: the one with the most reward. */
  qosTarget: share.nullable(),
  /** Model that the learner starts from; null: it knows nothing. */
  startFrom: closedObject({
    /** Its folder or file. */
    model: text(4096),
    /** Learn by the plan's settings instead of the model's. */
    resetSettings: yesOrNo,
    /** Explore as at the beginning, and forget what the model's training remembers besides. */
    resetExploration: yesOrNo,
  }).nullable(),
});

export type TrainingPlan = z.infer<typeof trainingPlanSchema>;
