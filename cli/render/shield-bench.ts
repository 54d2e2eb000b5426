import type { ShieldFigures } from '../../bench/shield.ts';
import type { LiveShieldFigures } from '../../bench/shield/live.ts';
import { decimal } from '../format.ts';
import { renderTable, type Column } from '../table.ts';

/** The two tables of `farmhand bench shield`. */
export function renderShieldBench({ workload, seeds, safe, rows, models }: ShieldFigures): string[] {
  return [
    `Policies that fail, behind the shield, beside ${safe} alone: ${workload}, ${seeds} seeds`,
    ...renderTable(
      columns('policy', 'QoS', `${safe} alone`, 'points', 'workers', `${safe} alone`, 'steps to fallback'),
      rows.map((row) => [
        row.policy,
        percent(row.qos),
        percent(row.safeQos),
        points(row.difference),
        decimal(row.workers, 2),
        decimal(row.safeWorkers, 2),
        row.stepsToFallback === null ? '-' : String(row.stepsToFallback),
      ]),
    ),
    '',
    'Shipped models, behind the shield and alone',
    ...renderTable(
      columns('policy', 'QoS', 'alone', 'points', 'workers', 'alone', 'taken over'),
      models.map((row) => [
        row.policy,
        percent(row.qos),
        percent(row.aloneQos),
        points(row.difference),
        decimal(row.workers, 2),
        decimal(row.aloneWorkers, 2),
        `${decimal(100 * row.takenOver, 1)} %`,
      ]),
    ),
  ];
}

/** The table of `farmhand bench shield --live`. */
export function renderLiveShieldBench({ workload, seed, safe, rows }: LiveShieldFigures): string[] {
  return [
    `Policies that fail, behind the shield, beside ${safe} alone: ${workload} on a real farm, seed ${seed}`,
    ...renderTable(
      columns('policy', 'QoS', `${safe} alone`, 'points', 'workers', 'steps to fallback', 'at step', 'lost'),
      rows.map((row) => [
        row.policy,
        percent(row.qos),
        percent(row.safeQos),
        points(row.difference),
        decimal(row.workers, 2),
        row.stepsToFallback === null ? '-' : String(row.stepsToFallback),
        row.tookOverAt === null ? '-' : String(row.tookOverAt),
        String(row.lost),
      ]),
    ),
  ];
}

function columns(name: string, ...figures: readonly string[]): Column[] {
  return [{ title: name }, ...figures.map((title): Column => ({ title, align: 'right' }))];
}

function percent(share: number): string {
  return `${decimal(100 * share, 2)} %`;
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${decimal(Math.abs(difference), 2)}`;
}
