import { positive } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { interruptedCode } from '../interrupted.ts';
import { renderSoak } from '../render/soak.ts';

export function addBenchSoak(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('soak')
    .summary('memory of a farm under steady work, and whether it grows')
    .description(
      'Starts a farm of its own and keeps 70 % of its workers busy with short tasks, while the autoscaler takes workers in and ' +
        'out every 5 s. Reads the memory of every process and of Redis, fits how it changes with their age, and audits every ' +
        'task. Ctrl-C ends it with what it has.',
    )
    .option('--minutes <n>', 'how long the work lasts', positive, 30);
  runs(command, cli, async ({ options, output }: Request<[], CommonOptions & { minutes: number }>) => {
    const { soak } = await import('../../bench/soak.ts');
    const { soakPlan } = await import('../../bench/soak/plan.ts');
    const figures = await soak({
      ...cli,
      plan: soakPlan(options.minutes),
      onStep: (step) => output.say(`${step} ...`),
      onProgress: (sentence) => output.say(sentence),
    });
    output.say(['', ...renderSoak(figures)].join('\n'));
    output.result(figures);
    if (figures.ended === 'interrupted') return interruptedCode(cli.signal);
    return figures.lost + figures.duplicated + figures.deadLettered > 0 ? EXIT.workFailed : EXIT.ok;
  }).examples([
    ['farmhand bench soak --json', 'half an hour, for a program'],
    ['farmhand bench soak --minutes 3', 'a first look'],
  ]);
}
