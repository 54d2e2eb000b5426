import type { QueueFigures } from '../../bench/queue.ts';
import type { QueueRow } from '../../bench/queue/compare.ts';
import type { WaitingTime } from '../../bench/queue/waiting-time.ts';
import { decimal } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** A row for each setting and batch, then what is measured once. */
export function renderQueueBench(figures: QueueFigures): string[] {
  const { rows, peer, idle, memoryMBPer100k, memoryRatio } = figures;
  const theirs = peer?.name ?? 'peer';
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const table = renderTable(
    [
      ...[right('at once'), right('a claim'), right('bytes'), { title: 'AOF' }],
      ...[right('farmhand/s'), right(`${theirs}/s`), right('ratio'), right('from – to')],
      right('Redis µs a task'),
      ...[right('whole way: farmhand/s'), right(`${theirs}/s`), right('ratio')],
    ],
    rows.map((row) => [
      ...[String(row.concurrency), String(row.batch), String(row.payloadBytes), row.aof],
      ...[decimal(row.farmhandPerS, 0), decimal(row.peerPerS, 0), times(row.ratio), spread(row)],
      cpu(row),
      ...[decimal(row.wholeWay.farmhandPerS, 0), decimal(row.wholeWay.peerPerS, 0), times(row.wholeWay.ratio)],
    ]),
  );
  const waits = ({ p50Ms, p99Ms }: WaitingTime): string => `p50 ${decimal(p50Ms, 2)} ms, p99 ${decimal(p99Ms, 2)} ms`;
  const of100k = `${decimal(memoryMBPer100k.farmhand)} MB`;
  return [
    ...table,
    'A task is taken and ended, and many wait. The whole way: from submission to the end, which is a record for Farmhand.',
    '',
    ...renderPairs([
      ['submission to start on an idle queue', waits(idle.farmhand)],
      ...(idle.peer === null ? [] : [[`the same by ${theirs}`, waits(idle.peer)] as const]),
      ['memory of 100,000 waiting tasks', of100k],
      ...(memoryMBPer100k.peer === null
        ? []
        : [[`the same by ${theirs}`, `${decimal(memoryMBPer100k.peer)} MB (ours is ${times(memoryRatio)})`] as const]),
      ...(peer === null ? [] : [['peer', `${peer.name} ${peer.version}, ${peer.settings}`] as const]),
      ['redis', figures.redis],
      ['turns of each', `${figures.rounds}, medians; ratios are of neighbouring turns`],
    ]),
  ];
}

const times = (ratio: number | null): string => (ratio === null ? '–' : `${decimal(ratio, 2)} ×`);

function spread({ ratioSpread }: QueueRow): string {
  return ratioSpread === null ? '–' : `${decimal(ratioSpread.lowest, 2)} – ${decimal(ratioSpread.highest, 2)}`;
}

function cpu({ redisCpuPerTaskUs: { farmhand, peer } }: QueueRow): string {
  return peer === null ? decimal(farmhand, 0) : `${decimal(farmhand, 0)} : ${decimal(peer, 0)}`;
}
