import { observationSpace, type Observation } from '../../observation.ts';
import type { FigureSpec } from '../figure.ts';
import { panelTitle, type LayerPanel } from './lines-panel.ts';
import { blue, figureFrame, type Conditions } from './theme.ts';

export interface ObservationsFigure {
  /** Whose observations: a policy, or several. */
  readonly of: string;
  /** At least one. */
  readonly observations: readonly Observation[];
  readonly conditions: Conditions;
}

/** A histogram of each of the nine numbers, with its smallest, middle and largest value. */
export function plotObservations({ of, observations, conditions }: ObservationsFigure): FigureSpec {
  return {
    ...figureFrame(`What ${of} observed`, {
      conditions,
      widthPx: 3 * SIZE.width,
      notes: [`${observations.length} observation${observations.length === 1 ? '' : 's'}`],
    }),
    columns: 3,
    spacing: { column: 30, row: 26 },
    concat: observationSpace.map(({ name, unit }, i) =>
      histogram(
        observations.flatMap((observation) => observation.slice(i, i + 1)),
        { name, unit },
      ),
    ),
  };
}

/** The reference's --bins. */
const BINS = 40;
/** A panel is at least so many bins wide. */
const LEAST_BINS = 5;
/** Units of what is counted: it comes in whole numbers. */
const COUNTED: ReadonlySet<string> = new Set(['messages', 'tasks', 'replicas']);
const SIZE = { width: 250, height: 120 };

function histogram(values: readonly number[], { name, unit }: { name: string; unit: string }): LayerPanel {
  const sorted = [...values].sort((a, b) => a - b);
  const least = sorted[0] ?? 0;
  const most = sorted.at(-1) ?? 0;
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const { start, width, counts } = binned(sorted, { least, most, counted: COUNTED.has(unit) });
  const bins = Math.max(LEAST_BINS, counts.length);
  const left = Math.max(Math.min(start, -width / 2), start - ((bins - counts.length) / 2) * width);
  const bars = counts.flatMap((count, bin) =>
    count === 0 ? [] : [{ from: start + bin * width, to: start + (bin + 1) * width, share: count / values.length }],
  );
  return {
    title: {
      ...panelTitle(name),
      subtitle:
        least === most ? `always ${brief(least)}` : `${brief(least)} to ${brief(most)}, median ${brief(middle)}`,
      subtitleFontSize: 11,
    },
    ...SIZE,
    layer: [
      {
        data: { values: bars },
        mark: { type: 'rect', color: blue, stroke: 'white', strokeWidth: 0.5 },
        encoding: {
          x: {
            field: 'from',
            type: 'quantitative',
            title: unit,
            scale: { domain: [left, left + bins * width], nice: false, zero: false },
            axis: { tickCount: 6, ...(width === 1 && { tickMinStep: 1 }) },
          },
          x2: { field: 'to' },
          y: { field: 'share', type: 'quantitative', title: 'share', axis: { format: '.0%', tickCount: 4 } },
          y2: { datum: 0 },
        },
      },
    ],
  };
}

/** What is counted gets a bin for each number, around it, where they fit; anything else is cut into BINS; one value gets one bin. */
function binned(
  sorted: readonly number[],
  { least, most, counted }: { least: number; most: number; counted: boolean },
): { start: number; width: number; counts: number[] } {
  const { start, width, bins } = binsFor({ least, most, counted });
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of sorted) {
    const bin = Math.min(bins - 1, Math.floor((value - start) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { start, width, counts };
}

function binsFor({ least, most, counted }: { least: number; most: number; counted: boolean }) {
  if (counted && most - least < BINS) return { start: least - 0.5, width: 1, bins: Math.floor(most - least) + 1 };
  if (least === most) {
    const width = Math.max(1, Math.abs(least)) / 5;
    return { start: least - width / 2, width, bins: 1 };
  }
  return { start: least, width: (most - least) / BINS, bins: BINS };
}

function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}
