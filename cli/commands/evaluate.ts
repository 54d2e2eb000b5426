import { USUAL_EVALUATION_SEEDS } from '#autoscaler/run/wishes/usual-numbers.ts';
import type { Cli } from '../cli.ts';
import type { EvaluateOptions } from '../experiment/run-evaluate.ts';
import { addFolderOptions } from '../experiment/run-folder.ts';
import { addScenarioOptions } from '../experiment/scenario-options.ts';
import { addSeedOptions } from '../experiment/seed-options.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

export function addEvaluate(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('evaluate <model>')
    .summary('put a trained model through held-out seeds')
    .description(
      "Plays a model on seeds that no training sees, and leaves a run directory with metrics, steps and plots. MODEL is a model's " +
        "folder, a training's run directory (its best model), a model of models/, best, or any policy.",
    );
  addFolderOptions(addSeedOptions(addScenarioOptions(command), { seeds: USUAL_EVALUATION_SEEDS })).option(
    '--no-plots',
    'draw nothing',
  );
  runs(command, cli, async ({ args: [model], options, output }: Request<[string], CommonOptions & EvaluateOptions>) => {
    const { runEvaluate } = await import('../experiment/run-evaluate.ts');
    return runEvaluate(cli, { model, options }, output);
  }).examples([
    ['farmhand evaluate best -w reference-as-coded --seeds 100', 'the shipped default of that workload'],
    ['farmhand evaluate runs/train-20260131T120000Z-1 --seeds 1000 --json', 'the best model of a training'],
  ]);
}
