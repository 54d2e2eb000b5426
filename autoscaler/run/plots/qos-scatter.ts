import type { ComparisonRow } from '../comparison-row.ts';
import type { EpisodeSummary } from '../episode.ts';
import type { FigureSpec } from '../figure.ts';
import type { Layer } from './lines-panel.ts';
import { placeLabels, type Box } from './place-labels.ts';
import { HEIGHT, WIDTH, axesOver, missedOf, type Axes } from './qos-axes.ts';
import { figureFrame, grey, seriesStyle, type Conditions } from './theme.ts';

/** A policy's row in the table, and its episodes where their dots shall be shown. */
export interface ScoredPolicy {
  readonly row: ComparisonRow;
  readonly episodes?: readonly EpisodeSummary[];
}

/** What QoS is drawn against. */
export interface Against {
  readonly name: string;
  readonly axis: string;
  readonly of: (row: ComparisonRow) => number;
  /** 95 % interval; null where there is none. */
  readonly intervalOf: (row: ComparisonRow) => readonly [number, number] | null;
  readonly ofEpisode: (summary: EpisodeSummary) => number;
}

/** Points joined by a line: a frontier that policies are judged by. */
export interface Frontier {
  /** What the grey line is, in words. */
  readonly name: string;
  readonly dash: readonly number[];
  /** In order of x. QoS is 0 to 1. */
  readonly points: readonly { readonly x: number; readonly qos: number; readonly label: string }[];
}

export interface QosScatter {
  /** At least one. */
  readonly policies: readonly ScoredPolicy[];
  readonly frontiers: readonly Frontier[];
  readonly against: Against;
  readonly conditions: Conditions;
}

/** More of them would only blacken the plot, and make the file large. */
const MOST_DOTS_A_POLICY = 200;
/**
 * QoS of policies against what they cost. The axis of QoS is logarithmic in what is missed, so that 99 % and 99.9 % are as far
 * apart as 90 % and 99 %: that is where policies differ.
 */
export function plotQosScatter({ policies, frontiers, against, conditions }: QosScatter): FigureSpec {
  const points = policies.map(({ row }, i) => policyPoint(row, against, seriesStyle(i).colour));
  const dots = policies.flatMap(({ episodes = [] }, i) =>
    thinned(episodes).map((each) => ({
      x: against.ofEpisode(each),
      missed: missedOf(each.qos),
      colour: seriesStyle(i).colour,
    })),
  );
  const lines = frontiers.map((frontier) => ({
    ...frontier,
    points: frontier.points.map(({ x, qos, label }) => ({ x, missed: missedOf(qos), label, colour: grey })),
  }));
  const onLines = lines.flatMap((line) => line.points);
  const axes = axesOver(against.axis, [
    ...dots,
    ...onLines,
    ...points.flatMap(({ left, right, best, worst }) => [
      { x: left, missed: best },
      { x: right, missed: worst },
    ]),
  ]);
  const avoid = [
    ...dots.map((dot) => boxAround(axes.toPx(dot), 2)),
    ...points.flatMap((point) => barsOf(point, axes)),
    ...lines.flatMap((line) => alongLine(line.points.map((point) => axes.toPx(point)))),
  ];
  return {
    ...figureFrame(`QoS against ${against.name}`, {
      conditions,
      widthPx: WIDTH + 60,
      notes: [
        'bars: 95 % intervals of the means',
        ...(dots.length > 0 ? ['dots: episodes'] : []),
        ...lines.map(({ name }) => name),
        ...(policies.some(({ row }) => !row.deployable) ? ['hollow: a bound, cannot be deployed'] : []),
        ...(policies.some(({ row }) => row.usesClock) ? [`${CLOCK} uses the schedule's clock`] : []),
      ],
    }),
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...(dots.length > 0 ? [dotsLayer(dots, axes)] : []),
      ...lines.flatMap((line) => frontierLayers(line, axes)),
      ...pointLayers(points, axes),
      ...labelLayers([...points, ...onLines], axes, avoid),
    ],
  };
}

const CLOCK = '†';

interface Mark {
  readonly x: number;
  /** 1 − QoS, at least LEAST_MISSED. */
  readonly missed: number;
  readonly colour: string;
}

interface LabelledMark extends Mark {
  readonly label: string;
}

interface PolicyMark extends LabelledMark {
  readonly fill: string;
  readonly left: number;
  readonly right: number;
  readonly best: number;
  readonly worst: number;
}

/** What a policy's point and its two bars cover, px. */
function barsOf(point: PolicyMark, { toPx }: Axes): Box[] {
  const { x, y } = toPx(point);
  const from = toPx({ x: point.left, missed: point.best });
  const to = toPx({ x: point.right, missed: point.worst });
  return [
    boxAround({ x, y }, 6),
    { left: from.x, right: to.x, top: y - 1, bottom: y + 1 },
    { left: x - 1, right: x + 1, top: from.y, bottom: to.y },
  ];
}

/** A line as boxes of a few px. */
function alongLine(points: readonly { x: number; y: number }[]): Box[] {
  return points.flatMap((to, i) => {
    const from = points[i - 1] ?? to;
    const pieces = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 8) + 1;
    return Array.from({ length: pieces }, (_, piece) => {
      const x = from.x + ((to.x - from.x) * (piece + 1)) / pieces;
      const y = from.y + ((to.y - from.y) * (piece + 1)) / pieces;
      return boxAround({ x, y }, 2);
    });
  });
}

function boxAround({ x, y }: { x: number; y: number }, half: number): Box {
  return { left: x - half, right: x + half, top: y - half, bottom: y + half };
}

function policyPoint(row: ComparisonRow, against: Against, colour: string): PolicyMark {
  const x = against.of(row);
  const [left, right] = against.intervalOf(row) ?? [x, x];
  const [low, high] = row.qosCi ?? [row.qos, row.qos];
  return {
    x,
    missed: missedOf(row.qos),
    colour,
    label: `${row.policy}${row.usesClock ? ` ${CLOCK}` : ''}`,
    fill: row.deployable ? colour : 'white',
    left,
    right,
    best: missedOf(high),
    worst: Math.min(1, missedOf(low)),
  };
}

function thinned<T>(dots: readonly T[]): readonly T[] {
  const every = Math.ceil(dots.length / MOST_DOTS_A_POLICY);
  return dots.filter((_, i) => i % every === 0);
}

const ownColour = { field: 'colour', type: 'nominal', scale: null, legend: null } as const;

function dotsLayer(dots: readonly Mark[], { encoding }: Axes): Layer {
  return {
    data: { values: [...dots] },
    mark: { type: 'point', filled: true, size: 12, opacity: 0.35 },
    encoding: { ...encoding, color: ownColour },
  };
}

function frontierLayers({ points, dash }: { points: readonly Mark[]; dash: readonly number[] }, axes: Axes): Layer[] {
  const data = { values: [...points] };
  return [
    {
      data,
      mark: { type: 'line', color: grey, strokeWidth: 1.5, strokeDash: [...dash] },
      encoding: { ...axes.encoding, order: { field: 'x' } },
    },
    { data, mark: { type: 'point', filled: true, color: grey, size: 30, opacity: 1 }, encoding: axes.encoding },
  ];
}

function pointLayers(points: readonly PolicyMark[], { encoding }: Axes): Layer[] {
  const data = { values: [...points] };
  const { x, y } = encoding;
  return [
    {
      data,
      mark: { type: 'rule', strokeWidth: 1.5 },
      encoding: { x: { ...x, field: 'left' }, x2: { field: 'right' }, y, color: ownColour },
    },
    {
      data,
      mark: { type: 'rule', strokeWidth: 1.5 },
      encoding: { x, y: { ...y, field: 'best' }, y2: { field: 'worst' }, color: ownColour },
    },
    {
      data,
      mark: { type: 'point', size: 90, strokeWidth: 2, opacity: 1 },
      encoding: { ...encoding, stroke: ownColour, fill: { ...ownColour, field: 'fill' } },
    },
  ];
}

/** Names beside their points, and thin lines to those that found room only farther away. */
function labelLayers(marks: readonly LabelledMark[], axes: Axes, avoid: readonly Box[]): Layer[] {
  const named = marks.filter(({ label }) => label !== '');
  const places = placeLabels(
    named.map((mark) => ({ text: mark.label, ...axes.toPx(mark) })),
    { width: WIDTH, height: HEIGHT, avoid },
  );
  const values = named.map(({ label, colour, x: fromX, missed: fromMissed }, i) => {
    const place = places[i] ?? { x: 0, y: 0, lineX: 0, led: false };
    const to = axes.fromPx({ x: place.lineX, y: place.y });
    return { ...axes.fromPx(place), label, colour, led: place.led, fromX, fromMissed, toX: to.x };
  });
  const { x, y } = axes.encoding;
  return [
    {
      data: { values: values.filter(({ led }) => led) },
      mark: { type: 'rule', strokeWidth: 0.7 },
      encoding: {
        x: { ...x, field: 'fromX' },
        x2: { field: 'toX' },
        y: { ...y, field: 'fromMissed' },
        y2: { field: 'missed' },
        color: ownColour,
      },
    },
    {
      data: { values },
      mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 11 },
      encoding: { x, y, text: { field: 'label', type: 'nominal' }, color: ownColour },
    },
  ];
}
