import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { renderQueueBench } from '../render/queue-bench.ts';

interface QueueBenchOptions extends CommonOptions {
  readonly full?: boolean;
  readonly always?: boolean;
}

export function addBenchQueue(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('queue')
    .summary('speed and memory of the queue, beside BullMQ')
    .description(
      'Runs no-op tasks through the queue and through BullMQ, by turns, on a Redis of their own: tasks per second at 1, 8 and ' +
        '50 at once, time from submission to start, memory of waiting tasks, CPU of Redis. A minute and a half.',
    )
    .option('--full', 'every combination of concurrency, payload and append-only file, with longer turns: some minutes')
    .option('--always', 'with the append-only file synced before each answer, too');
  runs(command, cli, async ({ options, output }: Request<[], QueueBenchOptions>) => {
    const { benchQueue } = await import('../../bench/queue.ts');
    const { queuePlan } = await import('../../bench/queue/plan.ts');
    const { loadFarmSettings } = await import('../../local/farm-settings.ts');
    const plan = queuePlan({ full: options.full === true, always: options.always === true });
    const { config } = loadFarmSettings(cli);
    const figures = await benchQueue({ ...cli, config, plan, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...renderQueueBench(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([
    ['farmhand bench queue --json', 'the figures for a program'],
    ['farmhand bench queue --full --always', 'every row'],
  ]);
}
