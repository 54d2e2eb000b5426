import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-code.ts';
import { runs, type FarmhandCommand } from '../farmhand-command.ts';
import { decimal } from '../format.ts';
import { renderPairs } from '../table.ts';

export function addBenchPage(group: FarmhandCommand, cli: Cli): void {
  const command = group
    .add('page')
    .summary('what the live page keeps and costs after a day')
    .description(
      'Lets a made-up day pass before the page in a real Chromium: its heap with a quarter of the day and with all of it, and ' +
        'what a frame costs while the day is shown. Needs Chromium. Less than a minute.',
    );
  runs(command, cli, async ({ output }) => {
    const { benchPage } = await import('../../bench/page.ts');
    const figures = await benchPage({ ...cli, onStep: (step) => output.say(`${step} ...`) });
    const { heapMB, nodes, frameP95Ms, frames } = figures;
    const lines = renderPairs([
      ['heap after 6 h', `${decimal(heapMB.quarter, 2)} MB`],
      ['heap after 24 h', `${decimal(heapMB.whole, 2)} MB`],
      ['nodes after 6 h and 24 h', `${nodes.quarter}, ${nodes.whole}`],
      ['frame, p95', `${decimal(frameP95Ms, 1)} ms of ${frames} frames`],
    ]);
    output.say(['', ...lines].join('\n'));
    output.result(figures);
    return EXIT.ok;
  }).examples([['farmhand bench page --json', 'the figures for a program']]);
}
