import type { ClosedLoop, Validation } from '#autoscaler/run/validate/validate.ts';
import { renderTable } from '../table.ts';

/** The simulator beside the recordings: replayed trajectories first, then rules that decide for themselves. */
export function renderValidation({ agents, closedLoop }: Validation): string[] {
  return [
    'Recorded workers under recorded arrivals; QoS of collected tasks',
    ...table(agents, (row) => `± ${(row.standardError * 100).toFixed(2)}`),
    '',
    'The recorded rules in closed loop, on tasks of their own',
    ...table(
      closedLoop.map((row) => ({ ...row, agent: row.policy })),
      () => '',
    ),
  ];
}

function table<Row extends Omit<ClosedLoop, 'policy'>>(rows: readonly Row[], error: (row: Row) => string): string[] {
  return renderTable(
    [
      { title: 'agent' },
      { title: 'live QoS %', align: 'right' },
      { title: '', align: 'right' },
      { title: 'simulated', align: 'right' },
      { title: 'live workers', align: 'right' },
      { title: 'simulated', align: 'right' },
      { title: 'within' },
    ],
    rows.map((row) => [
      row.agent,
      (row.liveQos * 100).toFixed(2),
      error(row),
      (row.simQos * 100).toFixed(2),
      row.liveWorkers.toFixed(2),
      row.simWorkers.toFixed(2),
      row.within ? 'yes' : 'NO',
    ]),
  ).map((line) => `  ${line}`);
}
