import { loadFarmSettings } from '../../local/farm-settings.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';
import { renderEvaluation } from '../render/evaluation.ts';
import { episodeResult, episodeSpreads } from './episode-result.ts';
import { playHeldOut } from './play-held-out.ts';
import { scenarioOf, type ScenarioOptions } from './scenario-options.ts';
import type { SeedOptions } from './seed-options.ts';

export interface SimulateOptions extends ScenarioOptions, SeedOptions {
  readonly policy?: string;
}

/** Plays a policy through held-out seeds and shows what came of each. Nothing is written. */
export async function runSimulate(cli: Cli, options: SimulateOptions, output: Output): Promise<ExitCode> {
  const { config } = loadFarmSettings(cli);
  const scenario = scenarioOf(options, { config, cwd: cli.cwd });
  const seed = options.seed ?? config.workload.seed;
  const contender = options.policy ?? config.control.policy;
  const plan = { contender, scenario, seed, seeds: options.seeds, jobs: options.jobs };
  const { facts, summaries } = await playHeldOut(cli, plan, { config, output });
  const episodes = summaries.map(episodeResult);
  const means = episodeSpreads(summaries);
  const title = `${facts.name} on ${scenario.workload.name}, profile ${scenario.profile}, ${count(options.seeds, 'seed')}`;
  output.say(renderEvaluation(title, episodes, means).join('\n'));
  output.result({ ...facts, ...conditions(scenario), seeds: episodes, means });
  return EXIT.ok;
}

/** What a figure must not be quoted without. */
export function conditions(scenario: ReturnType<typeof scenarioOf>): object {
  const { workload, profile, dispatch, actions } = scenario;
  return { workload: workload.name, profile, dispatch, actions };
}
