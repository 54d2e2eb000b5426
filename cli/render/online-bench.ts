import type { OnlineComparison, OnlineFigures } from '../../bench/online.ts';
import { decimal } from '../format.ts';
import { renderTable } from '../table.ts';

/** The table of `farmhand bench online`. */
export function renderOnlineBench({ episodes, rows }: OnlineFigures): string[] {
  const titles = [
    'workload',
    'agent',
    'service',
    'frozen',
    'online',
    'points',
    'frozen',
    'online',
    'points',
    'workers',
    '',
  ];
  return [
    `Models as they were trained and learning on, behind the shield: QoS of the first fifth of ${episodes} episodes and of the last, workers of the last`,
    ...renderTable(
      titles.map((title, at) => ({ title, align: at < 2 ? 'left' : 'right' })),
      rows.map(({ agent, workload, shift, first, last }) => [
        workload,
        agent,
        `× ${shift}`,
        ...qosCells(first),
        ...qosCells(last),
        decimal(last.frozen.workers, 2),
        decimal(last.online.workers, 2),
      ]),
    ),
  ];
}

function qosCells({ frozen, online }: OnlineComparison): string[] {
  return [percent(frozen.qos), percent(online.qos), decimal(100 * (online.qos - frozen.qos), 2)];
}

function percent(share: number): string {
  return `${decimal(100 * share, 2)} %`;
}
