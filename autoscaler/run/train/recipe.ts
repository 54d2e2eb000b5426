import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { agentSchemas } from '#shared/agents-schema.ts';
import type { FarmConfig } from '#shared/config.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import { closedObject, describeIssues } from '#shared/parse.ts';
import { dispatchOrders } from '#shared/queue/lane-rule.ts';
import { oneOf, positive, share, text, whole, yesOrNo } from '#shared/quantity.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { parseYaml } from '#shared/yaml-text.ts';
import { agentNames } from '../../learn/agent-name.ts';
import { actionSetNames } from '../../policy/action-set.ts';
import { timingProfileNames } from '../../sim/profiles/catalogue.ts';
import { scenarioFrom } from '../scenario.ts';
import type { TrainingPlan } from './plan.ts';

const episodes = whole(1, 1_000_000, 'a whole number of episodes');

const schema = closedObject({
  agent: z.enum(agentNames),
  workload: text(200).default('reference'),
  /** Whether its phases come in an order of the seed's. */
  phaseShuffle: yesOrNo.default(false),
  profile: oneOf(...timingProfileNames).default('reference'),
  dispatch: oneOf(...dispatchOrders).default('fifo'),
  actions: oneOf(...actionSetNames).default('one'),
  /** Cost of a late task in worker-seconds; null: farm.yml's reward. */
  lateCost: positive('a cost in worker-seconds').nullable().default(null),
  episodes,
  checkpointEvery: episodes.default(10),
  evalEpisodes: whole(1, 100_000, 'a whole number of episodes').default(30),
  finalEpisodes: whole(1, 100_000, 'a whole number of episodes').default(100),
  qosTarget: share.nullable().default(null),
  /** The agent's settings, as below farm.yml's `agents`; what is left out has farm.yml's defaults. */
  settings: z.record(z.string(), z.unknown()).default({}),
});

/** How a model is made, but for the seeds: a file of models/recipes. */
export type Recipe = Readonly<z.infer<typeof schema>> & { readonly agents: FarmConfig['agents'] };

/** @throws CONFIG_INVALID that names the file, the key, the value and what is allowed */
export function readRecipe(file: string): Recipe {
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new FarmhandError('CONFIG_INVALID', `recipe ${file}: ${coerceError(cause).message}`, { cause });
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    throw new FarmhandError('CONFIG_INVALID', `recipe ${file}: ${describeIssues(parsed.error, document)}`);
  }
  const { agent, settings } = parsed.data;
  const own = agentSchemas[agent].safeParse(settings);
  if (!own.success) {
    throw new FarmhandError('CONFIG_INVALID', `recipe ${file}: ${describeIssues(own.error, settings, 'settings')}`);
  }
  const { sarsa, dqn, cem } = agentSchemas;
  const agents = { sarsa: sarsa.parse({}), dqn: dqn.parse({}), cem: cem.parse({}), [agent]: own.data };
  return { ...parsed.data, agents };
}

/** The training that a recipe describes. @throws UNKNOWN_WORKLOAD */
export function recipePlan(
  recipe: Recipe,
  { config, seed }: { config: FarmConfig; seed: number },
): Omit<TrainingPlan, 'agentSeed'> {
  const { agent, phaseShuffle, profile, dispatch, actions, lateCost, agents } = recipe;
  const workload = { ...findWorkload(recipe.workload, config), phaseShuffle };
  const scenario = { workload, profile, dispatch, actions, lateCost };
  return {
    agent,
    settings: agents,
    scenario: scenarioFrom(config, scenario),
    seed,
    episodes: recipe.episodes,
    checkpointEvery: recipe.checkpointEvery,
    evalEpisodes: recipe.evalEpisodes,
    finalEpisodes: recipe.finalEpisodes,
    qosTarget: recipe.qosTarget,
    startFrom: null,
  };
}
