import type { LiveFigures } from '../../bench/live.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type FarmhandCommand } from '../farmhand-command.ts';
import { decimal } from '../format.ts';
import { renderPairs } from '../table.ts';

export function addBench(program: FarmhandCommand, cli: Cli): void {
  const group = program
    .add('bench')
    .summary('measure the farm')
    .description('Measures the farm. Wants a quiet machine: what else runs is measured too.')
    .helpCommand(false)
    .examples([['farmhand bench live', 'a real farm on this machine']]);
  const command = group
    .add('live')
    .summary('memory, idle CPU and latencies of a real farm on this machine')
    .description(
      'Starts a farm of its own and measures it: memory of an idle worker, CPU of the idle farm at 32 workers, time from ' +
        'submission to start, time from a scale-up to the first claim, and what the gateway adds to a call. A few minutes.',
    );
  runs(command, cli, async ({ output }) => {
    const { benchLive } = await import('../../bench/live.ts');
    const figures = await benchLive({ ...cli, onStep: (step) => output.say(`${step} ...`) });
    output.say(['', ...renderFigures(figures)].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([['farmhand bench live --json', 'the figures for a program']]);
}

export function renderFigures(figures: LiveFigures): string[] {
  const { workers, coldScaleUpP95Ms } = figures;
  return renderPairs([
    ['memory of an idle worker (PSS)', `${decimal(figures.pssPerIdleWorkerMB)} MB`],
    [`CPU of the idle farm, ${workers} workers`, `${decimal(figures.idleCpuPercent, 2)} % of a core`],
    ['submission to start, p99', `${decimal(figures.enqueueToStartP99Ms)} ms`],
    ['scale-up to first claim, one worker, p95', `${decimal(coldScaleUpP95Ms.one, 0)} ms`],
    ['scale-up to first claim, eight at once, p95', `${decimal(coldScaleUpP95Ms.eight, 0)} ms`],
    ['added by the gateway, p50', `${decimal(figures.gatewayP50Ms, 2)} ms`],
  ]);
}
