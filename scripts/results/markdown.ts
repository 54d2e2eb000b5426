import type { ComparisonRow } from '#autoscaler/run/comparison-row.ts';
import type { Validation } from '#autoscaler/run/validate/validate.ts';

const percent = (share: number): string => (100 * share).toFixed(2);

/** A comparison as a Markdown table. */
export function markdownTable(rows: readonly ComparisonRow[]): string {
  return table(
    [
      'policy',
      'QoS %',
      '95 %',
      'collected %',
      'worst quarter %',
      'workers',
      'desired',
      'most',
      'scalings',
      'reward',
      'seeds',
      'notes',
    ],
    rows.map((row) => [
      `\`${row.policy}\``,
      percent(row.qos),
      row.qosCi === null ? '' : `± ${percent((row.qosCi[1] - row.qosCi[0]) / 2)}`,
      percent(row.qosCollected),
      row.qosByQuartile === null ? '' : percent(Math.min(...row.qosByQuartile)),
      row.meanWorkers.toFixed(2),
      row.desiredWorkers.toFixed(2),
      row.maxWorkers.toFixed(1),
      row.scalingActions.toFixed(1),
      row.reward.toFixed(1),
      String(row.seeds),
      [
        ...(row.deployable ? [] : ['a bound, not deployable']),
        ...(row.usesClock && row.deployable ? ['uses the clock'] : []),
      ].join('; '),
    ]),
  );
}

/** The validation as two Markdown tables. */
export function markdownValidation({ agents, closedLoop }: Validation): string {
  const figures = (of: {
    liveQos: number;
    simQos: number;
    liveWorkers: number;
    simWorkers: number;
    within: boolean;
  }) => [
    percent(of.liveQos),
    percent(of.simQos),
    of.liveWorkers.toFixed(2),
    of.simWorkers.toFixed(2),
    of.within ? 'yes' : 'no',
  ];
  const titles = ['live QoS %', 'simulated %', 'live workers', 'simulated', 'within'];
  return [
    table(
      ['recorded workers replayed', ...titles],
      agents.map((agent) => [agent.agent, ...figures(agent)]),
    ),
    table(
      ['closed loop', ...titles],
      closedLoop.map((loop) => [`\`${loop.policy}\``, ...figures(loop)]),
    ),
  ].join('\n\n');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
