import type { PanelSpec } from '../figure.ts';
import { endLabels } from './end-labels.ts';

/** A panel of layers over one pair of axes. */
export type LayerPanel = Extract<PanelSpec, { layer: unknown }>;
export type Layer = LayerPanel['layer'][number];

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of the band around the line, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

export interface Line {
  /** Empty: without a name. */
  readonly name: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  /** In order of x. */
  readonly points: readonly Point[];
  /** The value holds from the previous point to this one, instead of being a sample at this one. */
  readonly held?: boolean;
}

export interface LinesPanel {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly x: { readonly title: string; readonly domain: readonly [number, number] };
  /** The axis takes in `include`, and the values of the layers below and above the lines. */
  readonly y: { readonly title: string; readonly include: readonly number[]; readonly format?: string };
  readonly lines: readonly Line[];
  /** Names at the lines' right ends. */
  readonly labelled: boolean;
  readonly below?: readonly Layer[];
  readonly above?: readonly Layer[];
}

/** Lines with their bands, named at their right ends. */
export function linesPanel(panel: LinesPanel): LayerPanel {
  const { lines, labelled, width, height } = panel;
  const domain = domainOf([
    ...panel.y.include,
    ...lines.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y])),
  ]);
  const x: Axis = {
    field: 'x',
    type: 'quantitative',
    title: panel.x.title,
    scale: { domain: [...panel.x.domain], nice: false },
    axis: { tickCount: 8 },
  };
  const y: Axis = {
    field: 'y',
    type: 'quantitative',
    title: panel.y.title,
    scale: { domain, nice: false },
    axis: { tickCount: 5, ...(panel.y.format !== undefined && { format: panel.y.format }) },
  };
  const ends = lines.flatMap(({ name, colour, points }) => {
    const last = points.at(-1);
    return last === undefined || name === '' ? [] : [{ text: name, x: last.x, y: last.y, colour }];
  });
  return {
    title: panelTitle(panel.title),
    width,
    height,
    layer: [
      ...(panel.below ?? []),
      ...lines.filter(({ points }) => points.some(({ low }) => low !== undefined)).map((line) => band(line, { x, y })),
      ...lines.flatMap((line) => drawn(line, { x, y })),
      ...(panel.above ?? []),
      ...(labelled && ends.length > 0 ? [endLabels(ends, { domain, heightPx: height })] : []),
    ],
  };
}

interface Axis {
  readonly field: string;
  readonly type: 'quantitative';
  readonly title: string;
  readonly scale: { domain: number[]; nice: false };
  readonly axis: { tickCount: number; format?: string };
}

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

function band({ points, colour, held = false }: Line, { x, y }: Axes): Layer {
  return {
    data: { values: points.map((point) => ({ x: point.x, y: point.low ?? point.y, high: point.high ?? point.y })) },
    mark: { type: 'area', interpolate: held ? 'step-before' : 'linear', color: colour, opacity: 0.15 },
    encoding: { x, y, y2: { field: 'high' } },
  };
}

/** One point makes no line, so it is drawn as a point. */
function drawn({ points, colour, dash = [], held = false }: Line, { x, y }: Axes): Layer[] {
  const data = { values: points.map(({ x: at, y: value }) => ({ x: at, y: value })) };
  if (points.length === 1) {
    return [{ data, mark: { type: 'point', filled: true, size: 40, opacity: 1, color: colour }, encoding: { x, y } }];
  }
  const interpolate = held ? 'step-before' : 'linear';
  return [
    {
      data,
      mark: { type: 'line', interpolate, color: colour, strokeWidth: 2, strokeDash: [...dash] },
      encoding: { x, y },
    },
  ];
}

/** For layers that follow the panel's scale and must not widen it. */
export const loose = { zero: false, nice: false } as const;

/** Smallest and largest value with 4 % of air; never empty, and not below zero for what is never negative. */
export function domainOf(values: readonly number[]): [number, number] {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low > high) return [0, 1];
  const air = low === high ? Math.max(1, Math.abs(low) * 0.1) / 2 : (high - low) * 0.04;
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

/** The small title of one panel. */
export function panelTitle(text: string) {
  return { text, anchor: 'start', frame: 'group', fontSize: 12, offset: 6 } as const;
}

/** Upright dashed rules at `xs`. */
export function uprightRules(xs: readonly number[], colour: string): Layer[] {
  if (xs.length === 0) return [];
  return [
    {
      data: { values: xs.map((x) => ({ x })) },
      mark: { type: 'rule', color: colour, strokeDash: [4, 3] },
      encoding: { x: { field: 'x', type: 'quantitative' } },
    },
  ];
}
