import type { ResultRecord, ResultState } from '../farm/collector.ts';
import { count, duration, moment } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

export function renderResults({ total, records }: { total: number; records: readonly ResultRecord[] }): string[] {
  if (total === 0) return ['No task is completed yet.'];
  return [
    ...renderTable(
      [
        { title: 'id' },
        { title: 'kind' },
        { title: 'took', align: 'right' },
        { title: 'service', align: 'right' },
        { title: 'deadline' },
        { title: 'collected (UTC)' },
        { title: 'worker' },
      ],
      records.map((record) => [
        record.id,
        record.kind,
        took(record),
        duration(record.serviceMs / 1000),
        record.metDeadline ? 'met' : 'missed',
        moment(record.collectedAt),
        record.worker,
      ]),
    ),
    '',
    `${records.length} of ${count(total, 'result')}`,
  ];
}

/** One task in full, wherever it is. */
export function renderTask(id: string, task: ResultState): string[] {
  if (task.state === 'unknown') {
    return [`${id}: the farm does not know this task, or has forgotten its record (queue.retainRecords)`];
  }
  if (task.state === 'completed') {
    const { record } = task;
    return [
      ...renderPairs([
        ['id', id],
        ['state', task.state],
        ['kind', record.kind],
        ['took', `${took(record)} from generation to collection, ${duration(record.serviceMs / 1000)} of it service`],
        ['deadline', `${record.metDeadline ? 'met' : 'missed'} (${moment(record.deadlineAt)} UTC)`],
        ['collected', `${moment(record.collectedAt)} UTC`],
        ['worker', record.worker],
        ['failed attempts', String(record.attempts)],
      ]),
      'result',
      ...JSON.stringify(record.value, null, 2)
        .split('\n')
        .map((line) => `  ${line}`),
    ];
  }
  if (task.state === 'dead') {
    const { letter } = task;
    return renderPairs([
      ['id', id],
      ['state', 'dead letter'],
      ['kind', letter.kind],
      ['attempts', String(letter.attempts)],
      ['died', `${moment(letter.diedAt)} UTC`],
      ['reason', letter.error],
    ]);
  }
  return renderPairs([
    ['id', id],
    ['state', task.state],
  ]);
}

function took({ generatedAt, collectedAt }: ResultRecord): string {
  return duration((collectedAt - generatedAt) / 1000);
}
