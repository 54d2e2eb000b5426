import { decimal, percent } from '../format.ts';
import { renderTable } from '../table.ts';

/** One look at a run. Null: not known yet. */
export interface RunProgress {
  readonly elapsedS: number;
  /** The phase that is being emitted; null before the first and after the last. */
  readonly phase: string | null;
  readonly emitted: number;
  readonly total: number;
  readonly waiting: number;
  readonly inFlight: number;
  readonly completed: number;
  readonly dead: number;
  readonly workers: { readonly desired: number; readonly ready: number };
  /** tasks/s over the autoscaler's last step. */
  readonly arrivalRate: number | null;
  /** Share of the tasks collected lately (in the observation window) that met their deadline. */
  readonly qos: number | null;
}

/** For a terminal: a title and a table of one row, redrawn in place. */
export function renderProgress(title: string, progress: RunProgress): string[] {
  const table = renderTable(
    [
      { title: 'time', align: 'right' },
      { title: 'phase' },
      { title: 'emitted', align: 'right' },
      { title: 'waiting', align: 'right' },
      { title: 'in flight', align: 'right' },
      { title: 'completed', align: 'right' },
      { title: 'dead', align: 'right' },
      { title: 'workers ready', align: 'right' },
      { title: 'arrivals/s', align: 'right' },
      { title: 'QoS', align: 'right' },
    ],
    [
      [
        `${Math.floor(progress.elapsedS)} s`,
        phaseOf(progress),
        `${progress.emitted}/${progress.total}`,
        String(progress.waiting),
        String(progress.inFlight),
        String(progress.completed),
        String(progress.dead),
        `${progress.workers.ready}/${progress.workers.desired}`,
        decimal(progress.arrivalRate),
        percent(progress.qos),
      ],
    ],
  );
  return [title, ...table];
}

/** Elsewhere: one plain line now and then. */
export function progressLine(progress: RunProgress): string {
  const { workers } = progress;
  return [
    `${Math.floor(progress.elapsedS)} s`,
    phaseOf(progress),
    `emitted ${progress.emitted}/${progress.total}`,
    `waiting ${progress.waiting}`,
    `in flight ${progress.inFlight}`,
    `completed ${progress.completed}`,
    `dead ${progress.dead}`,
    `workers ready ${workers.ready}/${workers.desired}`,
    `arrivals/s ${decimal(progress.arrivalRate)}`,
    `QoS ${percent(progress.qos)}`,
  ].join(', ');
}

function phaseOf({ phase, emitted, total }: RunProgress): string {
  if (phase !== null) return phase;
  return emitted < total ? 'emitting' : 'finishing';
}
