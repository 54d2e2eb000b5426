import { drawFigures } from '#autoscaler/run/draw.ts';
import { evaluationFigures } from '#autoscaler/run/evaluate-figures.ts';
import { aggregateMetrics, episodeMetrics } from '#autoscaler/run/record/episode-metrics.ts';
import { stepsTable } from '#autoscaler/run/record/steps-table.ts';
import { loadFarmSettings } from '../../local/farm-settings.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';
import { renderEvaluation } from '../render/evaluation.ts';
import { episodeResult, episodeSpreads } from './episode-result.ts';
import { playHeldOut } from './play-held-out.ts';
import { beginRun, checkFolder, type FolderOptions } from './run-folder.ts';
import { conditions } from './run-simulate.ts';
import { scenarioOf, type ScenarioOptions } from './scenario-options.ts';
import type { SeedOptions } from './seed-options.ts';

export interface EvaluateOptions extends ScenarioOptions, SeedOptions, FolderOptions {
  readonly plots: boolean;
}

/** Plays a model through held-out seeds, and leaves a run directory with metrics, steps and plots. */
export async function runEvaluate(
  cli: Cli,
  { model, options }: { model: string; options: EvaluateOptions },
  output: Output,
): Promise<ExitCode> {
  const { config } = loadFarmSettings(cli);
  const scenario = scenarioOf(options, { config, cwd: cli.cwd });
  const seed = options.seed ?? config.workload.seed;
  const plan = { contender: model, scenario, seed, seeds: options.seeds, jobs: options.jobs };
  checkFolder(cli, options);
  const played = await playHeldOut(cli, plan, { config, output });
  const { facts, summaries, records } = played;
  const run = beginRun(cli, options, {
    kind: 'evaluate',
    settings: { contender: facts, scenario, seed, seeds: options.seeds },
  });
  const { directory } = run;
  directory.writeJson('evaluation_metrics.json', {
    ...aggregateMetrics(summaries),
    episodes: summaries.map((summary, index) => ({
      episode: index + 1,
      ...episodeMetrics(summary),
      qos_by_quartile: summary.qosByQuartile,
    })),
  });
  directory.write('steps.csv', stepsTable(records));
  if (options.plots) await drawFigures(directory, evaluationFigures(played, { scenario, seed }));
  run.end('done');
  const episodes = summaries.map(episodeResult);
  const means = episodeSpreads(summaries);
  const title = `${facts.name} on ${scenario.workload.name}, profile ${scenario.profile}, ${count(options.seeds, 'seed')}`;
  output.say([...renderEvaluation(title, episodes, means), '', `Written: ${directory.path}`].join('\n'));
  output.result({ ...facts, ...conditions(scenario), seeds: episodes, means, directory: directory.path });
  return EXIT.ok;
}
