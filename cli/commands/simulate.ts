import type { Cli } from '../cli.ts';
import { addScenarioOptions } from '../experiment/scenario-options.ts';
import { addSeedOptions } from '../experiment/seed-options.ts';
import type { SimulateOptions } from '../experiment/run-simulate.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';

export function addSimulate(program: FarmhandCommand, cli: Cli): void {
  const command = program
    .add('simulate')
    .summary('put a policy through a workload in virtual time')
    .description(
      'Plays a policy, or a model, on held-out seeds in the simulator: a row for each seed, and means with 95 % intervals. ' +
        'An episode takes milliseconds. Nothing is written.',
    )
    .option('-p, --policy <name|model>', "a policy, a model of models/, a model's folder, or best; default: farm.yml");
  addSeedOptions(addScenarioOptions(command), { seeds: 10 });
  runs(command, cli, async ({ options, output }: Request<[], CommonOptions & SimulateOptions>) => {
    const { runSimulate } = await import('../experiment/run-simulate.ts');
    return runSimulate(cli, options, output);
  }).examples([
    ['farmhand simulate -w reference-as-coded -p static-15 --seeds 100', 'fifteen workers, whatever happens'],
    ['farmhand simulate -w my-workload.yml -p hpa --profile farmhand --json', 'your own work, for a program'],
  ]);
}
