import { USUAL_COMPARISON_SEEDS, USUAL_POLICIES } from '#autoscaler/run/wishes/usual-numbers.ts';
import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { CompareCommandOptions } from '../experiment/run-compare.ts';
import { addFolderOptions } from '../experiment/run-folder.ts';
import { addScenarioOptions } from '../experiment/scenario-options.ts';
import { addSeedOptions } from '../experiment/seed-options.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

export function addCompare(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('compare')
    .summary('put several policies through the same held-out seeds')
    .description(
      'Plays each policy or model on the same held-out seeds, so that they meet the same tasks and delays. Leaves a run directory ' +
        'with every episode, the table, steps and plots.',
    )
    .option(
      '-p, --policies <a,b,c>',
      'policies and models; static-12..18 is a range, NAME@20 plays 20 seeds only',
      USUAL_POLICIES,
    );
  addFolderOptions(addSeedOptions(addScenarioOptions(command), { seeds: USUAL_COMPARISON_SEEDS }))
    .option('--records <n>', 'episodes of each policy whose steps are kept', wholeNumber(0, 10_000), 10)
    .option('--reuse <dir>', "take an earlier comparison's episodes where conditions, seeds and code are the same")
    .option('--plot-only <dir>', "draw an earlier comparison's plots anew, and nothing else")
    .option('--no-plots', 'draw nothing');
  runs(command, cli, async ({ options, output }: Request<[], CommonOptions & CompareCommandOptions>) => {
    const { runCompare } = await import('../experiment/run-compare.ts');
    return runCompare(cli, options, output);
  }).examples([
    [
      'farmhand compare -w reference-as-coded --policies static-12..18,hpa,keda,kpa --seeds 1000',
      'a table and its plots',
    ],
    ['farmhand compare --policies best,static-15 --seeds 100 --out runs/mine --reuse runs/mine', 'plays what is new'],
  ]);
}
