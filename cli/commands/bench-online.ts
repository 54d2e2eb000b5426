import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type FarmhandCommand } from '../farmhand-command.ts';
import { renderOnlineBench } from '../render/online-bench.ts';

export function addBenchOnline(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('online')
    .summary('models that learn on where the load has changed')
    .description(
      'Trains SARSA and DQN in the simulator, and plays them on the same load and on services half as long again: frozen, and ' +
        'learning on from what they see. Half a minute.',
    );
  runs(command, cli, async ({ output }) => {
    const { benchOnline } = await import('../../bench/online.ts');
    const { loadFarmSettings } = await import('../../local/farm-settings.ts');
    const { config } = loadFarmSettings(cli);
    const figures = await benchOnline({ ...cli, config, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...renderOnlineBench(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([['farmhand bench online --json', 'the figures for a program']]);
}
