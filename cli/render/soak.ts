import type { SoakFigures } from '../../bench/soak.ts';
import { decimal, duration, percent } from '../format.ts';
import { renderPairs, renderTable } from '../table.ts';

/** What became of the tasks, then a row for each kind of process. */
export function renderSoak(figures: SoakFigures): string[] {
  const { submitted, completed, deadLettered, lost, duplicated, scaling, workers, memory } = figures;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const early = figures.ended === 'interrupted' ? ', ended early' : '';
  return [
    ...renderPairs([
      ['time', `${duration(figures.seconds)}${early}`],
      ['tasks', `${submitted} submitted, ${completed} completed, ${deadLettered} dead letters`],
      ['', `${lost} lost, ${duplicated} duplicated`],
      ['in time', percent(figures.qos)],
      ['busy workers', percent(figures.load)],
      ['workers', `${decimal(workers.mean)} on average, ${decimal(workers.max)} at most`],
      ['decisions', `${figures.steps}: ${scaling.up} up, ${scaling.down} down, ${scaling.noop} neither`],
    ]),
    '',
    ...renderTable(
      [
        ...[{ title: 'memory of' }, right('processes'), right('MB'), right('MB an hour'), right('95 %'), { title: '' }],
        ...[right('live MB'), right('MB an hour'), { title: '' }],
      ],
      memory.map(({ role, processes, meanMB, slopeMBPerHour: slope, verdict, live }) => [
        ...[role, String(processes), decimal(meanMB), decimal(slope?.estimate ?? null)],
        ...[slope === null ? '–' : `${decimal(slope.low)} to ${decimal(slope.high)}`, verdict],
        ...[decimal(live?.firstMB ?? null), decimal(live?.perHourMB ?? null), live?.verdict ?? ''],
      ]),
    ),
    '',
    `Readings count after ${duration(figures.warmUpS)}. Flat: surely less than 5 % or 2 MB an hour, whichever is more.`,
    'Live: what is left after all garbage has been collected, early and at the end.',
  ];
}
