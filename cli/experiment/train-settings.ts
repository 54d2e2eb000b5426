import { resolve } from 'node:path';
import { agentNames, isAgentName } from '#autoscaler/learn/agent-name.ts';
import { readRecipe, recipePlan } from '#autoscaler/run/train/recipe.ts';
import type { TrainSettings } from '#autoscaler/run/train/train-settings.ts';
import { trainingByWishes } from '#autoscaler/run/wishes/train-wishes.ts';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { agentSettings } from './agent-options.ts';
import type { FolderOptions } from './run-folder.ts';
import { scenarioOf, type ScenarioOptions } from './scenario-options.ts';

export interface TrainCommandOptions extends ScenarioOptions, FolderOptions {
  readonly episodes?: number;
  readonly seed?: number;
  readonly agentSeeds: number;
  readonly jobs?: number;
  readonly checkpointEvery?: number;
  readonly evalEpisodes?: number;
  readonly finalEpisodes?: number;
  readonly qosTarget?: number;
  readonly recipe?: string;
  readonly timeLimit?: number;
  readonly resume?: string;
  readonly resumeModel?: string;
  readonly resumeResetHyperparams?: boolean;
  readonly resumeResetEpsilon?: boolean;
  readonly plotOnly?: string;
  readonly plots: boolean;
}

/** @throws USAGE, UNKNOWN_AGENT, UNKNOWN_WORKLOAD, WORKLOAD_INVALID */
export function trainSettings(
  agent: string | undefined,
  options: TrainCommandOptions,
  { config, cwd }: { config: FarmConfig; cwd: string },
): TrainSettings {
  if (options.recipe !== undefined) return fromRecipe(agent, { ...options, recipe: options.recipe }, { config, cwd });
  if (agent === undefined) {
    throw new FarmhandError('USAGE', `expected an agent (${agentNames.join(', ')}), --recipe FILE or --resume DIR`);
  }
  if (!isAgentName(agent)) {
    throw new FarmhandError('UNKNOWN_AGENT', `agent "${agent}" is unknown; the agents are ${agentNames.join(', ')}`);
  }
  const { resumeModel, resumeResetHyperparams, resumeResetEpsilon } = options;
  if (resumeModel === undefined && (resumeResetHyperparams ?? resumeResetEpsilon ?? false)) {
    throw new FarmhandError('USAGE', '--resume-reset-hyperparams and --resume-reset-epsilon go with --resume-model');
  }
  const settings = trainingByWishes(
    {
      agent,
      settings: agentSettings(agent, { ...options }, config.agents),
      scenario: scenarioOf(options, { config, cwd }),
    },
    options,
    { config },
  );
  if (resumeModel === undefined) return settings;
  const startFrom = {
    model: resolve(cwd, resumeModel),
    resetSettings: resumeResetHyperparams ?? false,
    resetExploration: resumeResetEpsilon ?? false,
  };
  return { ...settings, plan: { ...settings.plan, startFrom } };
}

/** All is as the recipe says but the episodes and the late cost, where they are given, and the seeds. */
function fromRecipe(
  agent: string | undefined,
  { recipe: file, episodes, lateCost, seed, agentSeeds }: TrainCommandOptions & { readonly recipe: string },
  { config, cwd }: { config: FarmConfig; cwd: string },
): TrainSettings {
  const written = readRecipe(resolve(cwd, file));
  const recipe = { ...written, lateCost: lateCost ?? written.lateCost };
  if (agent !== undefined && agent !== recipe.agent) {
    throw new FarmhandError('USAGE', `${agent}: --recipe ${file} is of ${recipe.agent}`);
  }
  const base = seed ?? config.workload.seed;
  const plan = recipePlan(recipe, { config, seed: base });
  return {
    plan: { ...plan, episodes: episodes ?? plan.episodes },
    agentSeeds: Array.from({ length: agentSeeds }, (_, index) => base + index),
  };
}

/** @throws USAGE for fewer episodes than it was begun with */
export function resumedSettings(begun: TrainSettings, { episodes }: TrainCommandOptions): TrainSettings {
  const before = begun.plan.episodes;
  if (episodes === undefined || episodes === before) return begun;
  if (episodes < before) {
    throw new FarmhandError(
      'USAGE',
      `--episodes ${episodes}: expected at least ${before}, as the training was begun with`,
    );
  }
  return { ...begun, plan: { ...begun.plan, episodes } };
}
