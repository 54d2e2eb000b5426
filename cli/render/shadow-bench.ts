import type { ShadowBenchFigures } from '../../bench/shadow.ts';
import { decimal } from '../format.ts';
import { renderTable, type Column } from '../table.ts';

/** The table of `farmhand bench shadow`, and how far the reports were off in the mean. */
export function renderShadowBench(figures: ShadowBenchFigures): string[] {
  const { workload, live, candidate, rows, qosPoints, replayedQosPoints, workers } = figures;
  return [
    `${candidate} in shadow of ${live}, and then in its place: ${workload}`,
    ...renderTable(
      columns('seed', 'tasks', live, 'replayed', 'shadow', 'expected', 'after the switch', 'points', 'workers off'),
      rows.map(({ seed, tasks, qos, meanWorkers }) => [
        String(seed),
        String(tasks),
        percent(qos.before),
        percent(qos.beforeReplayed),
        percent(qos.replayed),
        percent(qos.expected),
        percent(qos.live),
        decimal(100 * qos.difference, 2),
        decimal(meanWorkers.difference, 2),
      ]),
    ),
    '',
    `in the mean: QoS ${decimal(qosPoints, 2)} points off what was expected, ${decimal(replayedQosPoints, 2)} off the replay; ` +
      `workers ${decimal(workers, 2)} off`,
  ];
}

function percent(share: number): string {
  return `${decimal(100 * share, 2)} %`;
}

function columns(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: 'right' }));
}
