import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { renderLiveShieldBench, renderShieldBench } from '../render/shield-bench.ts';

interface ShieldOptions extends CommonOptions {
  readonly seeds: number;
  readonly live?: true;
  readonly workload: string;
}

export function addBenchShield(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('shield')
    .summary('what policies that fail cost behind the shield')
    .description(
      'Plays policies that answer NaN, throw, hang, or always say one more or one fewer, through guard and shield beside the ' +
        'safe policy alone; and the shipped models, for what the shield costs those that do not fail. Half a minute.',
    )
    .option('--seeds <n>', 'simulated episodes of each', wholeNumber(1, 10_000), 200)
    .option('--live', 'one run each on a real farm of its own instead: half an hour on reference')
    .option('--workload <name>', 'what is played, or run live', 'reference');
  runs(command, cli, async ({ options, output }: Request<[], ShieldOptions>) => {
    const onStep = (step: string): void => output.say(`${step} ...`);
    if (options.live === true) {
      const { benchShieldLive } = await import('../../bench/shield/live.ts');
      const figures = await benchShieldLive({ ...cli, workload: options.workload, onStep });
      output.say(['', ...renderLiveShieldBench(figures)].join('\n'));
      output.result(figures);
      return EXIT.ok;
    }
    const { loadFarmSettings } = await import('../../local/farm-settings.ts');
    const { benchShield } = await import('../../bench/shield.ts');
    const { config } = loadFarmSettings(cli);
    const figures = await benchShield({ ...cli, config, seeds: options.seeds, workload: options.workload, onStep });
    output.say(['', ...renderShieldBench(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([
    ['farmhand bench shield --json', 'the figures for a program'],
    ['farmhand bench shield --workload constant', 'a load that is high from the first minute'],
    ['farmhand bench shield --live --workload quick', 'six short runs on a real farm'],
  ]);
}
