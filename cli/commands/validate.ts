import { timingProfileNames } from '#autoscaler/sim/profiles/catalogue.ts';
import { oneOfNames, wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { ValidateCommandOptions } from '../experiment/run-validate.ts';
import { addJobsOption, addSeedOption } from '../experiment/seed-options.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

export function addValidate(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('validate')
    .summary('hold the simulator against recordings of a live farm')
    .description(
      'Replays recorded numbers of workers under the recorded arrivals, and lets the recorded rules decide for themselves. The exit ' +
        'code is 0 when every figure is within its tolerance (docs/runs.md), else 1.',
    )
    .requiredOption('--recordings <file>', 'JSON with meta and agents, as docs/runs.md describes')
    .option('-w, --workload <name|file>', 'what the recorded farm ran', 'reference-as-coded')
    .addOption(oneOfNames('--profile <name>', 'timing of the simulated farm', timingProfileNames))
    .option('--replications <n>', 'simulations of each recorded episode', wholeNumber(1, 10_000), 20)
    .option('--seeds <n>', 'episodes of each closed loop', wholeNumber(1, 100_000), 200);
  addJobsOption(addSeedOption(command));
  runs(command, cli, async ({ options, output }: Request<[], CommonOptions & ValidateCommandOptions>) => {
    const { runValidate } = await import('../experiment/run-validate.ts');
    return runValidate(cli, options, output);
  }).examples([['farmhand validate --recordings reference-recordings.json --json', 'the table for a program']]);
}
