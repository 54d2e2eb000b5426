import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { renderShardsBench } from '../render/shards-bench.ts';

export function addBenchShards(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('shards')
    .summary('from 1 worker to 32 and back, where a function is granted 5')
    .description(
      'Starts a farm of its own whose gateway grants 5 replicas of a function at most, as OpenFaaS Community Edition does, and ' +
        'scales with the scaler sharded-gateway under a steady load. Audits every task. A minute. docs/scalers.md has a note on ' +
        'the licence.',
    )
    .option('--workers <n>', 'workers to reach', wholeNumber(2, 32), 32);
  runs(command, cli, async ({ options, output }: Request<[], CommonOptions & { workers: number }>) => {
    const { benchShards } = await import('../../bench/shards.ts');
    const figures = await benchShards({ ...cli, ...options, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...renderShardsBench(figures)].join('\n'));
    output.result(figures);
    return figures.lost + figures.duplicated + figures.deadLettered > 0 ? EXIT.workFailed : EXIT.ok;
  }).examples([
    ['farmhand bench shards --json', 'the figures for a program'],
    ['farmhand bench shards --workers 12', 'three functions'],
  ]);
}
