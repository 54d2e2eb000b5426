import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { renderShadowBench } from '../render/shadow-bench.ts';

interface ShadowOptions extends CommonOptions {
  readonly workload: string;
  readonly policy: string;
  readonly shadow: string;
  readonly episodes: number;
  readonly seed: number;
}

export function addBenchShadow(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('shadow')
    .summary('shadow reports, against the live switch that they speak of')
    .description(
      'Starts a farm of its own. For each seed, one policy decides with another in shadow; the report is made; then the other ' +
        'one decides on the same tasks. A minute a seed with the workload quick.',
    )
    .option('--workload <name>', 'what is played, with tasks that wait their time out', 'quick')
    .option('--policy <name>', 'decides first', 'reactive-average')
    .option('--shadow <name>', 'stands in shadow, and decides then', 'static-1')
    .option('--episodes <n>', 'seeds', wholeNumber(1, 100), 5)
    .option('--seed <n>', 'the first seed', wholeNumber(0, 2 ** 30), 42);
  runs(command, cli, async ({ options, output }: Request<[], ShadowOptions>) => {
    const { benchShadow } = await import('../../bench/shadow.ts');
    const { policy: live, shadow: candidate } = options;
    const figures = await benchShadow({
      ...cli,
      ...options,
      live,
      candidate,
      onStep: (step) => output.say(`${step} ...`),
    });
    output.say(['', ...renderShadowBench(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([
    ['farmhand bench shadow --json', 'the figures for a program'],
    ['farmhand bench shadow --policy static-2 --shadow trend', 'two other policies'],
  ]);
}
