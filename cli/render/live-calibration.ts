import type { LiveCalibration } from '#autoscaler/run/calibrate-live/live-calibration.ts';
import { renderTable } from '../table.ts';

const rows = [
  ['arrival to claim, idle worker', 'claim'],
  ['between two tasks of a worker', 'turnaround'],
  ['end of the service to collected', 'collect'],
  ["a worker's first task, beyond its service", 'firstTask'],
  ['scale-up to the first new worker at work', 'start'],
  ['  and to each further one', 'startNext'],
  ['scale-down of an idle worker', 'drain'],
  ['emission to first observation', 'firstObservation'],
  ['one observation', 'look'],
  ['gateway: read the workers', 'read'],
  ['gateway: ask for workers', 'apply'],
] as const;

/** What was measured, ms. */
export function renderLiveCalibration({ measured }: LiveCalibration): string[] {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return renderTable(
    [{ title: 'ms' }, right('n'), right('min'), right('p50'), right('p95'), right('max')],
    rows.map(([title, time]) => {
      const { count, min, p50, p95, max } = measured[time];
      return [title, String(count), ...[min, p50, p95, max].map((ms) => ms.toFixed(1))];
    }),
  );
}
