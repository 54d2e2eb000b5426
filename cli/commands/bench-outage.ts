import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type CommonOptions, type FarmhandCommand, type Request } from '../farmhand-command.ts';
import { renderOutageBench } from '../render/outage-bench.ts';

export function addBenchOutage(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('outage')
    .summary('scaling through outages of gateway, Redis and autoscaler')
    .description(
      'Starts a farm of its own with two autoscalers and a load that changes. The gateway answers 500 for a minute, grants 5 ' +
        'workers at most, needs 3 s per call; Redis restarts; the autoscaler that leads is killed. Says after how many steps ' +
        'scaling resumes, what the page, the decisions and the log said, and what became of every task. Six minutes.',
    )
    .option('--short', 'steps of 2 s, and faults as much shorter: under a minute');
  runs(command, cli, async ({ options, output }: Request<[], CommonOptions & { short?: true }>) => {
    const { benchOutage } = await import('../../bench/outage.ts');
    const { outagePlan } = await import('../../bench/outage/plan.ts');
    const plan = outagePlan({ short: options.short === true });
    const figures = await benchOutage({ ...cli, plan, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...renderOutageBench(figures)].join('\n'));
    output.result(figures);
    const { lost, duplicated, deadLettered, doubleScaling, rows } = figures;
    const resumed = rows.every(({ stepsToResume }) => stepsToResume !== null);
    return resumed && lost + duplicated + deadLettered + doubleScaling === 0 ? EXIT.ok : EXIT.workFailed;
  }).examples([
    ['farmhand bench outage --json', 'all of it, for a program'],
    ['farmhand bench outage --short', 'a first look'],
  ]);
}
