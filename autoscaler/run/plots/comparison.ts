import type { StepRow } from '../episode.ts';
import type { FigureSpec } from '../figure.ts';
import { spreadOf } from '../statistics.ts';
import { linesPanel, type LayerPanel } from './lines-panel.ts';
import { figureFrame, seriesStyle, type Conditions } from './theme.ts';

export interface ComparedPolicy {
  readonly policy: string;
  /** The steps of each episode; at least one episode of at least one step. */
  readonly episodes: readonly (readonly StepRow[])[];
}

export interface ComparisonFigure {
  /** At least one. Beyond about eight the panels get crowded. */
  readonly policies: readonly ComparedPolicy[];
  readonly conditions: Conditions;
}

const WIDTH = 430;

interface Measure {
  readonly title: string;
  readonly unit: string;
  readonly of: (row: StepRow) => number;
  readonly most: number;
  readonly include: readonly number[];
  readonly format?: string;
}

const sojourn: Measure = {
  title: 'Mean sojourn',
  unit: 'time (s)',
  of: (r) => r.observation[5],
  most: Infinity,
  include: [0],
};
const qos: Measure = {
  title: 'QoS of the window',
  unit: 'share in time',
  of: (r) => r.observation[8],
  most: 1,
  include: [0.9, 1],
  format: '.0%',
};
const workers: Measure = {
  title: 'Active workers',
  unit: 'replicas',
  of: (r) => r.active,
  most: Infinity,
  include: [],
};
const queue: Measure = {
  title: 'Tasks waiting',
  unit: 'tasks',
  of: (r) => r.observation[1],
  most: Infinity,
  include: [0],
};

/** Mean ± standard deviation in each step, over the episodes of each policy: sojourn, QoS, workers and queue in 2 × 2 panels. */
export function plotComparison({ policies, conditions }: ComparisonFigure): FigureSpec {
  const panel = (measure: Measure, labelled: boolean) => measurePanel(policies, { measure, labelled });
  return {
    ...figureFrame(policies.length === 1 ? `${policies[0]?.policy ?? ''}, step by step` : 'Policies, step by step', {
      conditions,
      widthPx: 2 * WIDTH + 100,
      notes: [
        'line: mean over episodes',
        'band: ± one standard deviation',
        'a line ends where half of its episodes have ended',
      ],
    }),
    columns: 2,
    spacing: { column: 40, row: 26 },
    concat: [panel(sojourn, false), panel(qos, true), panel(workers, false), panel(queue, true)],
  };
}

function measurePanel(
  policies: readonly ComparedPolicy[],
  { measure, labelled }: { measure: Measure; labelled: boolean },
): LayerPanel {
  const lines = policies.map(({ policy, episodes }, i) => {
    const { colour, dash } = seriesStyle(i);
    return { name: policy, colour, dash, points: meanBySteps(episodes, measure) };
  });
  const steps = Math.max(2, ...lines.map(({ points }) => points.length));
  return linesPanel({
    title: measure.title,
    width: WIDTH,
    height: 210,
    x: { title: 'step', domain: [1, steps] },
    y: {
      title: measure.unit,
      include: measure.include,
      ...(measure.format !== undefined && { format: measure.format }),
    },
    lines,
    labelled,
  });
}

/** Over the episodes that got so far, as long as they are at least half of all. */
function meanBySteps(episodes: ComparedPolicy['episodes'], { of, most }: Measure) {
  const longest = Math.max(...episodes.map((rows) => rows.length));
  const points = [];
  for (let step = 0; step < longest; step += 1) {
    const values = episodes.flatMap((rows) => rows[step] ?? []).map(of);
    if (values.length * 2 < episodes.length) break;
    const { mean, sd } = spreadOf(values);
    points.push({ x: step + 1, y: mean, low: Math.max(0, mean - sd), high: Math.min(most, mean + sd) });
  }
  return points;
}
