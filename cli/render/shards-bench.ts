import type { ShardsFigures, ShardsReading } from '../../bench/shards.ts';
import { decimal } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** The way up and the way down, and what became of the tasks. */
export function renderShardsBench(figures: ShardsFigures): string[] {
  const { grantedOfEach, up, upS, down, downS, submitted, completed, lost, duplicated, deadLettered } = figures;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const row = ({ requested, workers, functions, decision, status, metrics }: ShardsReading, seconds: number) => [
    ...[String(requested), String(workers), String(functions), decimal(seconds)],
    ...[shown(decision.requested, decision.granted), shown(status.desired, status.granted)],
    shown(metrics.desired, metrics.granted),
  ];
  return [
    ...renderTable(
      [
        ...[right('asked for'), right('workers'), right('functions'), right('s')],
        ...[right('decision'), right('status'), right('metrics')],
      ],
      [row(up, upS), row(down, downS)],
    ),
    '',
    `Decision, status and metrics: granted of requested. A function is granted ${grantedOfEach} replicas at most.`,
    '',
    ...renderPairs([
      ['tasks', `${submitted} submitted, ${completed} completed, ${deadLettered} dead letters`],
      ['', `${lost} lost, ${duplicated} duplicated`],
    ]),
  ];
}

function shown(requested: number | null, granted: number | null): string {
  return `${granted ?? '–'} of ${requested ?? '–'}`;
}
