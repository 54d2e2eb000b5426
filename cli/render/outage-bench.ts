import type { OutageFigures } from '../../bench/outage.ts';
import { decimal } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** A row for each fault, what was said about it, and what became of the tasks. */
export function renderOutageBench(figures: OutageFigures): string[] {
  const { rows, policy, stepS, submitted, completed, lost, duplicated, deadLettered, doubleScaling } = figures;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return [
    ...renderTable(
      [{ title: 'fault' }, right('lasts, s'), right('scaled meanwhile'), right('steps to resume')],
      rows.map((row) => [row.fault, decimal(row.lastedS), String(row.scaledMeanwhile), decimal(row.stepsToResume, 2)]),
    ),
    ...rows.flatMap(({ fault, page, held, resumed, log }) => [
      '',
      `${fault}:`,
      ...page.map((text) => `  page: ${text}`),
      ...(held === null ? [] : [`  decision: ${held}`]),
      ...(resumed === null ? [] : [`  decision: ${resumed}`]),
      ...log.map((text) => `  log: ${text}`),
    ]),
    '',
    ...renderPairs([
      ['policy', `${policy}, a step every ${decimal(stepS, 0)} s`],
      ['tasks', `${submitted} submitted, ${completed} completed, ${deadLettered} dead letters`],
      ['', `${lost} lost, ${duplicated} duplicated`],
      ['two autoscalers in one step', String(doubleScaling)],
    ]),
  ];
}
