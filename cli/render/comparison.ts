import type { ComparisonRow } from '#autoscaler/run/comparison-row.ts';
import { decimal } from '../format.ts';
import { renderTable } from '../table.ts';

/** A comparison as a table, in the order of its rows. */
export function renderComparison(rows: readonly ComparisonRow[]): string[] {
  return renderTable(
    [
      { title: 'policy' },
      { title: 'QoS %', align: 'right' },
      { title: '95 % interval', align: 'right' },
      { title: 'collected %', align: 'right' },
      { title: 'worst quarter %', align: 'right' },
      { title: 'workers', align: 'right' },
      { title: 'desired', align: 'right' },
      { title: 'most', align: 'right' },
      { title: 'scalings', align: 'right' },
      { title: 'held', align: 'right' },
      { title: 'reward', align: 'right' },
      { title: 'seeds', align: 'right' },
      { title: 'notes' },
    ],
    rows.map((row) => [
      row.policy,
      percentage(row.qos),
      interval(row.qosCi),
      percentage(row.qosCollected),
      row.worstQuartileQos === null ? '–' : percentage(row.worstQuartileQos),
      row.meanWorkers.toFixed(2),
      row.desiredWorkers.toFixed(2),
      decimal(row.maxWorkers),
      decimal(row.scalingActions),
      decimal(row.noops),
      decimal(row.reward),
      String(row.seeds),
      notes(row),
    ]),
  );
}

function notes({ deployable, usesClock, trainedOn }: ComparisonRow): string {
  return [
    ...(deployable ? [] : ['a bound, not deployable']),
    ...(usesClock ? ['uses the clock'] : []),
    ...(trainedOn === null ? [] : [`trained on ${trainedOn}`]),
  ].join('; ');
}

function percentage(share: number): string {
  return (share * 100).toFixed(2);
}

function interval(ci: ComparisonRow['qosCi']): string {
  return ci === null ? '–' : `${percentage(ci[0])} to ${percentage(Math.min(1, ci[1]))}`;
}
