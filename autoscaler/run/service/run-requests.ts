import { z } from 'zod';
import { agentSchemas } from '#shared/agents-schema.ts';
import { closedObject, isSection, someKeysOf } from '#shared/parse.ts';
import { dispatchOrders } from '#shared/queue/lane-rule.ts';
import { oneOf, positive, seed, seedOrNull, share, text, upTo, whole, yesOrNo } from '#shared/quantity.ts';
import { LONGEST_WINDOW_S, MOST_STEPS, MOST_WORKERS } from '#shared/workload/limits.ts';
import { agentNames } from '../../learn/agent-name.ts';
import { modelName } from '../../model-store/model-name.ts';
import { actionSetNames } from '../../policy/action-set.ts';
import { timingProfileNames } from '../../sim/profiles/catalogue.ts';
import { USUAL_COMPARISON_SEEDS, USUAL_EVALUATION_SEEDS, USUAL_POLICIES } from '../wishes/usual-numbers.ts';

/**
 * What `POST train`, `evaluate` and `compare` take: the wishes of the command line (run/wishes), by their names there. Agents,
 * their settings, profiles and action sets come from their registries, so a new one is allowed here as soon as it exists.
 */

const MOST_EPISODES = 1_000_000;
const MOST_SEEDS = 10_000;
const MOST_POLICIES = 64;

const workers = whole(1, MOST_WORKERS, 'a whole number of workers');

const workloadAllowed = 'expected the name of a workload, or a workload';

const scenarioFields = {
  workload: z
    .union([text(100), z.record(z.string(), z.unknown())], workloadAllowed)
    .default('reference')
    .describe(
      'Its name, or the whole of it (docs/workloads.md). GET workloads lists the names; recent: what this farm did lately.',
    ),
  profile: oneOf(...timingProfileNames, 'farm')
    .optional()
    .describe('Timing of the simulated farm; farm: of this very farm, as its log was fitted last. Default: reference.'),
  dispatch: oneOf(...dispatchOrders)
    .optional()
    .describe('Which waiting task comes next; default: fifo, live: as farm.yml says.'),
  actions: oneOf(...actionSetNames)
    .optional()
    .describe('-1, 0, +1; larger steps too; or any number of workers; default: one.'),
  lateCost: positive('a cost in worker-seconds')
    .optional()
    .describe("Judge by worker-seconds, and a late task as so many; default: farm.yml's reward."),
  stepDurationS: positive('a time in s').optional(),
  observationWindowS: upTo(LONGEST_WINDOW_S, 'a time in s').optional(),
  initialWorkers: workers.optional(),
  minWorkers: workers.optional(),
  maxWorkers: workers.optional(),
  maxSteps: whole(1, MOST_STEPS, 'a whole number of steps').optional(),
  phaseShuffle: yesOrNo.optional(),
  phaseShuffleSeed: seedOrNull.unwrap().optional(),
  live: yesOrNo
    .optional()
    .describe("On this very farm, in real time, instead of a simulated one; the farm's own control stands aside."),
};

const policyAllowed = 'expected the name of a policy or model';
const policyName = z.string(policyAllowed).regex(/^[A-Za-z0-9][\w.@+-]{0,150}$/, policyAllowed);

const episodes = whole(1, MOST_EPISODES, 'a whole number of episodes');
const checkEpisodes = whole(1, MOST_SEEDS, 'a whole number of episodes');

const trainFields = {
  ...scenarioFields,
  name: modelName.optional().describe('What the model is called; default: <agent>-<workload>.'),
  from: policyName
    .optional()
    .describe(
      'Begin with what this stored model knows (name, name@version or id). Actions, workers and lateCost that are left out are as it ' +
        "was made; it learns on by its own settings, or with `config` by those and farm.yml's. It is the new model's parent.",
    ),
  episodes: episodes.optional().describe('Default: as many as the agent usually needs.'),
  seed: seed.optional().describe('Where the seeds begin; default: farm.yml.'),
  seeds: whole(1, 100, 'a whole number of trainings')
    .optional()
    .describe('Independent trainings, each with a seed of its own; the best model is kept. Default: 1.'),
  checkpointEvery: episodes.optional().describe('Episodes between two checks of the greedy policy.'),
  evalEpisodes: checkEpisodes.optional().describe('Episodes of such a check.'),
  finalEpisodes: checkEpisodes.optional().describe('Held-out episodes of the final evaluation.'),
  qosTarget: share
    .optional()
    .describe(
      'Best is the model with the fewest workers that reaches this QoS; default: the one with the most reward.',
    ),
};

const [firstAgent, ...otherAgents] = agentNames.map((agent) =>
  closedObject({
    agent: z.literal(agent),
    config: someKeysOf(agentSchemas[agent])
      .default({})
      .describe(`Settings of ${agent}; what is left out is as farm.yml's agents.${agent} says.`),
    ...trainFields,
  }),
);
if (firstAgent === undefined) throw new Error('there is no agent');

export const trainRequest = z.discriminatedUnion('agent', [firstAgent, ...otherAgents], {
  // Of the whole it is a type, of the agent's name that no schema has it.
  error: ({ input }) =>
    isSection(input) ? `expected one of ${agentNames.join(', ')}` : 'expected an object with an agent',
});

export const evaluateRequest = closedObject({
  model: policyName.describe('A stored model (name, name@version or id), a shipped one, best, or any policy.'),
  ...scenarioFields,
  seed: seed.optional().describe('Where the held-out seeds begin; default: farm.yml.'),
  seeds: whole(1, MOST_SEEDS, 'a whole number of seeds').default(USUAL_EVALUATION_SEEDS),
});

const listAllowed = `expected names separated by commas, or a list of up to ${MOST_POLICIES} names`;
const listedPolicy = z.string(listAllowed).regex(/^[A-Za-z0-9][\w.@+-]{0,150}$/, listAllowed);

export const compareRequest = closedObject({
  policies: z
    .union([text(4096), z.array(listedPolicy).min(1, listAllowed).max(MOST_POLICIES, listAllowed)], listAllowed)
    .default(USUAL_POLICIES)
    .describe('static-12..18 is a range; NAME@20 plays 20 seeds only; a list takes each name as it stands.'),
  ...scenarioFields,
  seed: seed.optional().describe('Where the held-out seeds begin; default: farm.yml.'),
  seeds: whole(1, MOST_SEEDS, 'a whole number of seeds').default(USUAL_COMPARISON_SEEDS),
});

export type TrainRequest = z.infer<typeof trainRequest>;
export type EvaluateRequest = z.infer<typeof evaluateRequest>;
export type CompareRequest = z.infer<typeof compareRequest>;

export const runKinds = ['train', 'evaluate', 'compare'] as const;
export type RunKind = (typeof runKinds)[number];

/** A request for long work, read by its schema. */
export type RunRequest =
  | { readonly kind: 'train'; readonly request: TrainRequest }
  | { readonly kind: 'evaluate'; readonly request: EvaluateRequest }
  | { readonly kind: 'compare'; readonly request: CompareRequest };
