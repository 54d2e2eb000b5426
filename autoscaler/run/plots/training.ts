import type { EpisodeSummary } from '../episode.ts';
import type { FigureSpec } from '../figure.ts';
import { spreadOf } from '../statistics.ts';
import { domainOf, linesPanel, loose, uprightRules, type Layer, type LayerPanel, type Line } from './lines-panel.ts';
import { blue, figureFrame, green, paleGrey, vermilion, type Conditions } from './theme.ts';

/** One training episode. */
export interface TrainingPoint {
  /** From 1, over all runs. */
  readonly episode: number;
  readonly summary: EpisodeSummary;
  /** Chance of an exploring action, or share of a search's spread that is left, 0 to 1; null where the agent has none. */
  readonly exploration: number | null;
  /** Mean over the episode's updates; null where none happened. */
  readonly loss: number | null;
}

/** Greedy episodes that were played after a training episode. */
export interface EvaluationPoint {
  readonly episode: number;
  /** At least one. */
  readonly summaries: readonly EpisodeSummary[];
}

export interface TrainingFigure {
  readonly agent: string;
  /** At least one, in order. */
  readonly episodes: readonly TrainingPoint[];
  readonly evaluations: readonly EvaluationPoint[];
  /** Episodes with which a resumed run began; empty for one run. */
  readonly resumedAt: readonly number[];
  readonly conditions: Conditions;
}

interface Curve {
  readonly name: string;
  readonly colour: string;
  /** Null: nothing to show for this episode. */
  readonly of: (point: TrainingPoint) => number | null;
  /** Known exactly, so the curve itself is drawn: no dots, no average. */
  readonly exact?: boolean;
  /** The same of an evaluation's episode, where that makes sense. */
  readonly evaluated?: (summary: EpisodeSummary) => number;
}

interface Panel {
  readonly title: string;
  readonly y: string;
  readonly include: readonly number[];
  readonly format?: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 430;

const scalingActions = ({ scaling }: EpisodeSummary) => scaling.up + scaling.down;

const panels: readonly Panel[] = [
  panelOf('Reward', { y: 'reward an episode', include: [], of: (s) => s.totalReward }),
  panelOf('QoS', { y: 'share in time', include: [1], format: '.0%', of: (s) => s.qos }),
  {
    title: 'Workers',
    y: 'replicas',
    include: [],
    curves: [
      { name: 'most', colour: green, of: ({ summary }) => summary.workers.max, evaluated: (s) => s.workers.max },
      { name: 'mean', colour: blue, of: ({ summary }) => summary.workers.mean, evaluated: (s) => s.workers.mean },
    ],
  },
  panelOf('Scaling actions', { y: 'steps an episode', include: [0], of: scalingActions }),
  {
    title: 'Exploration',
    y: 'chance of a step, or spread left',
    include: [0],
    format: '.0%',
    curves: [{ name: 'exploration', colour: blue, of: (point) => point.exploration, exact: true }],
  },
  {
    title: 'Loss',
    y: 'loss an update',
    include: [0],
    curves: [{ name: 'loss', colour: blue, of: (point) => point.loss }],
  },
];

function panelOf(
  title: string,
  { of, ...axis }: Pick<Panel, 'y' | 'include' | 'format'> & { of: (summary: EpisodeSummary) => number },
): Panel {
  return { title, ...axis, curves: [{ name: title, colour: blue, of: ({ summary }) => of(summary), evaluated: of }] };
}

/**
 * Curves of a training over its episodes: reward, QoS, workers, scaling actions, and exploration and loss where the agent has
 * them. Each shows the episodes, their moving average, and the evaluations in between.
 */
export function plotTraining(figure: TrainingFigure): FigureSpec {
  const { agent, episodes, evaluations, resumedAt, conditions } = figure;
  // Of a long training not every episode is kept.
  const played = episodes.at(-1)?.episode ?? 0;
  const shown = panels.filter(({ curves }) => episodes.some((point) => curves.some(({ of }) => of(point) !== null)));
  return {
    ...figureFrame(`Training of ${agent}: ${played} episodes`, {
      conditions,
      widthPx: 2 * WIDTH + 100,
      notes: [
        'dots: episodes',
        `line: moving average of ${windowOf(episodes.length)}${played > episodes.length ? ' of those kept' : ''}`,
        ...(evaluations.length > 0 ? ['diamonds: evaluation without exploration, mean ± sd'] : []),
        ...(resumedAt.length > 0 ? ['dashed: training was resumed'] : []),
      ],
    }),
    columns: 2,
    spacing: { column: 40, row: 26 },
    concat: shown.map((panel) => trainingPanel(panel, figure)),
  };
}

/** The reference's window, and one hundredth of what is longer than its trainings. */
function windowOf(episodes: number): number {
  return Math.max(Math.min(15, Math.max(3, Math.floor(episodes / 10))), Math.ceil(episodes / 100));
}

function trainingPanel(panel: Panel, { episodes, evaluations, resumedAt }: TrainingFigure): LayerPanel {
  const window = windowOf(episodes.length);
  const series = panel.curves.map((curve) => {
    const points = episodes.flatMap((point) => {
      const y = curve.of(point);
      return y === null ? [] : [{ x: point.episode, y }];
    });
    return { ...curve, points, averages: curve.exact === true ? points : movingAverage(points, window) };
  });
  const evaluated = series.flatMap(({ colour, evaluated: of }) =>
    of === undefined ? [] : evaluations.map((point) => ({ ...evaluationSpread(point, of), colour })),
  );
  const first = episodes[0]?.episode ?? 1;
  const last = episodes.at(-1)?.episode ?? first;
  // A few disastrous episodes must not flatten all others: dots beyond the 2nd and 98th percentile may lie at the panel's edge.
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const include = [
    ...panel.include,
    quantile(values, 0.02),
    quantile(values, 0.98),
    ...evaluated.flatMap(({ low, high }) => [low, high]),
  ];
  const lines: Line[] = series.map(({ name, colour, averages }) => ({ name, colour, points: thinned(averages) }));
  const [low, high] = domainOf([...include, ...lines.flatMap(({ points }) => points.map(({ y }) => y))]);
  const dots = series.flatMap(({ points, colour, exact = false }) =>
    exact ? [] : thinned(points).map(({ x, y }) => ({ x, y: Math.min(high, Math.max(low, y)), colour })),
  );
  return linesPanel({
    title: panel.title,
    width: WIDTH,
    height: 170,
    x: { title: 'episode', domain: [Math.min(first, last - 1), last] },
    y: { title: panel.y, include, ...(panel.format !== undefined && { format: panel.format }) },
    lines,
    labelled: lines.length > 1,
    below: [...uprightRules(resumedAt, paleGrey), dotsLayer(dots)],
    above: evaluationLayers(evaluated),
  });
}

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly colour: string;
}

interface EvaluationDot extends Dot {
  readonly low: number;
  readonly high: number;
}

function evaluationSpread({ episode, summaries }: EvaluationPoint, of: (summary: EpisodeSummary) => number) {
  const { mean, sd } = spreadOf(summaries.map(of));
  return { x: episode, y: mean, low: mean - sd, high: mean + sd };
}

/** Over the `window` episodes that end with each; over fewer where there are not so many yet. */
function movingAverage(points: readonly { x: number; y: number }[], window: number) {
  return points.map(({ x }, i) => {
    const recent = points.slice(Math.max(0, i + 1 - window), i + 1);
    return { x, y: recent.reduce((sum, { y }) => sum + y, 0) / recent.length };
  });
}

/** More dots than this cannot be told apart, and make the file large. */
const MOST_DOTS = 400;

/** At most MOST_DOTS of them, evenly, the last one included. */
function thinned<T>(points: readonly T[]): readonly T[] {
  const every = Math.ceil(points.length / MOST_DOTS);
  return every <= 1 ? points : points.filter((_, i) => (points.length - 1 - i) % every === 0);
}

const axes = {
  x: { field: 'x', type: 'quantitative' },
  y: { field: 'y', type: 'quantitative', scale: loose },
} as const;
const ownColour = { field: 'colour', type: 'nominal', scale: null, legend: null } as const;

function dotsLayer(dots: readonly Dot[]): Layer {
  return {
    data: { values: [...dots] },
    mark: { type: 'point', filled: true, size: 14, opacity: 0.3 },
    encoding: { ...axes, color: ownColour },
  };
}

function evaluationLayers(dots: readonly EvaluationDot[]): Layer[] {
  if (dots.length === 0) return [];
  const data = { values: [...dots] };
  return [
    {
      data,
      mark: { type: 'rule', color: vermilion, strokeWidth: 1.5, clip: true },
      encoding: { x: axes.x, y: { field: 'low', type: 'quantitative', scale: loose }, y2: { field: 'high' } },
    },
    {
      data,
      mark: { type: 'point', shape: 'diamond', filled: true, size: 70, opacity: 1, color: vermilion, strokeWidth: 1.5 },
      encoding: { ...axes, stroke: ownColour },
    },
  ];
}

/** The p-quantile (0 to 1) by nearest rank. At least one value is needed. */
function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
}
