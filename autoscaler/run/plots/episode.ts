import type { EpisodeRecord, StepRow } from '../episode.ts';
import type { FigureSpec } from '../figure.ts';
import { linesPanel, panelTitle, uprightRules, type Layer, type LayerPanel, type LinesPanel } from './lines-panel.ts';
import type { PhaseStart } from './phase-starts.ts';
import { blue, figureFrame, green, grey, paleGrey, seriesStyle, vermilion, type Conditions } from './theme.ts';

export interface EpisodeFigure {
  readonly policy: string;
  /** At least one step. */
  readonly episode: EpisodeRecord;
  /** QoS that is aimed at, 0 to 1. */
  readonly targetQos: number;
  /** In order of time; empty where they are not known. */
  readonly phases: readonly PhaseStart[];
  readonly conditions: Conditions;
}

const SIZE = { width: 430, height: 150 };

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly of: (row: StepRow) => number;
  /** The value holds over the step that ends with it, instead of being a sample at its end. */
  readonly held?: boolean;
}

/** One episode in 3 × 2 panels over time: reward by term, QoS, workers, queue, sojourn times, arrivals. */
export function plotEpisode(figure: EpisodeFigure): FigureSpec {
  const { policy, targetQos, phases, conditions } = figure;
  const { rows, summary } = figure.episode;
  const xDomain = timeOf(figure);
  const curves = (panel: Pick<LinesPanel, 'title' | 'y'>, of: readonly Curve[], above: readonly Layer[] = []) =>
    linesPanel({
      ...panel,
      ...SIZE,
      x: { title: 'time (s)', domain: xDomain },
      lines: of.map((curve) => ({
        ...curve,
        points: pointsOf(rows, curve),
      })),
      labelled: of.length > 1,
      below: uprightRules(
        phases.slice(1).map(({ atS }) => atS),
        paleGrey,
      ),
      above,
    });
  const { up, down, noop } = summary.scaling;
  return {
    ...figureFrame(`One episode of ${policy}`, {
      conditions,
      widthPx: 2 * SIZE.width + 100,
      notes: [
        `QoS ${(100 * summary.qos).toFixed(2)} % of ${summary.submitted} tasks`,
        `${summary.workers.mean.toFixed(2)} workers in the mean, ${summary.workers.max} at most`,
        `${up} up, ${down} down, ${noop} held`,
        `reward ${summary.totalReward.toFixed(1)}`,
      ],
    }),
    columns: 2,
    spacing: { column: 40, row: 26 },
    concat: [
      rewardPanel(figure),
      curves(
        { title: 'QoS of the window', y: { title: 'share in time', include: [targetQos - 0.02, 1], format: '.0%' } },
        [{ name: 'QoS', colour: blue, of: (row) => row.observation[8] }],
        targetLine(targetQos, xDomain),
      ),
      curves({ title: 'Workers', y: { title: 'replicas', include: [0] } }, [
        { name: 'desired', colour: blue, of: (row) => row.observation[4], held: true },
        { name: 'active', colour: vermilion, of: (row) => row.active },
      ]),
      curves({ title: 'Tasks that wait for a worker, and that are in one', y: { title: 'tasks', include: [0] } }, [
        { name: 'waiting', colour: vermilion, of: (row) => row.observation[1] },
        { name: 'in flight', colour: blue, of: (row) => row.inFlight },
      ]),
      curves({ title: 'Sojourn of the tasks collected in the window', y: { title: 'time (s)', include: [0] } }, [
        { name: 'longest', colour: vermilion, of: (row) => row.observation[6] },
        { name: 'mean', colour: blue, of: (row) => row.observation[5] },
      ]),
      curves(
        {
          title: phases.length > 0 ? 'Arrivals, by phase' : 'Arrivals',
          y: { title: 'tasks/s', include: [0, roomForNames(rows)] },
        },
        [{ name: 'arrivals', colour: green, of: (row) => row.observation[7], held: true }],
        phaseNames(phases, xDomain),
      ),
    ],
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
  };
}

/** What is held over a step is held from the episode's start on. */
function pointsOf(rows: readonly StepRow[], { of, held = false }: Curve) {
  const points = rows.map((row) => ({ x: row.atS, y: of(row) }));
  const first = points[0];
  return held && first !== undefined ? [{ x: 0, y: first.y }, ...points] : points;
}

/** From 0 to the last observation: an empty phase plan or a late one changes nothing. */
function timeOf({ episode }: EpisodeFigure): [number, number] {
  return [0, Math.max(1, episode.rows.at(-1)?.atS ?? 0)];
}

/** One bar a step: terms that add stacked above zero, terms that cost below; the point is their sum. */
function rewardPanel(figure: EpisodeFigure): LayerPanel {
  const { rows } = figure.episode;
  const names = new Set(rows.flatMap((row) => Object.keys(row.rewardTerms)));
  const terms = [...names].filter((term) => rows.some((row) => (row.rewardTerms[term] ?? 0) !== 0));
  const bars = rows.flatMap((row, i) => {
    const fromS = rows[i - 1]?.atS ?? 0;
    return stacked(row, terms).map((bar) => ({ ...bar, x: fromS, toS: row.atS }));
  });
  const x = {
    field: 'x',
    type: 'quantitative' as const,
    title: 'time (s)',
    scale: { domain: timeOf(figure), nice: false },
  };
  const y = { field: 'y', type: 'quantitative' as const, title: 'reward', axis: { tickCount: 5 } };
  return {
    title: panelTitle('Reward of the step, by term; the point is the sum'),
    ...SIZE,
    layer: [
      {
        data: { values: bars },
        mark: { type: 'rect', stroke: 'white', strokeWidth: 0.5 },
        encoding: {
          x,
          x2: { field: 'toS' },
          y,
          y2: { field: 'to' },
          color: {
            field: 'term',
            type: 'nominal',
            scale: { domain: terms, range: terms.map((_, i) => seriesStyle(i).colour) },
            legend: { title: null, orient: 'bottom', columns: 5, offset: 14 },
          },
        },
      },
      {
        data: { values: rows.map((row, i) => ({ x: ((rows[i - 1]?.atS ?? 0) + row.atS) / 2, y: row.reward })) },
        mark: { type: 'point', filled: true, color: 'black', stroke: 'white', strokeWidth: 0.8, size: 26, opacity: 1 },
        encoding: { x, y },
      },
    ],
  };
}

/** Where each term's part of a bar begins (`y`) and ends (`to`). */
function stacked(row: StepRow, terms: readonly string[]): { term: string; y: number; to: number }[] {
  let above = 0;
  let below = 0;
  return terms.map((term) => {
    const value = row.rewardTerms[term] ?? 0;
    const from = value >= 0 ? above : below;
    if (value >= 0) above += value;
    else below += value;
    return { term, y: from, to: from + value };
  });
}

function targetLine(targetQos: number, [left]: readonly [number, number]): Layer[] {
  const data = { values: [{ x: left, y: targetQos, text: `target ${Math.round(targetQos * 1000) / 10} %` }] };
  const y = { field: 'y', type: 'quantitative' as const };
  return [
    { data, mark: { type: 'rule', color: vermilion, strokeDash: [4, 3] }, encoding: { y } },
    {
      data,
      mark: { type: 'text', align: 'left', baseline: 'top', dx: 4, dy: 3, color: vermilion, fontSize: 11 },
      encoding: { x: { field: 'x', type: 'quantitative' }, y, text: { field: 'text' } },
    },
  ];
}

/** Room for the phases' names above the arrivals. */
function roomForNames(rows: readonly StepRow[]): number {
  return 1.2 * Math.max(...rows.map((row) => row.observation[7]));
}

/** At the top of the panel, each right of its phase's rule and no longer than its phase. */
function phaseNames(phases: readonly PhaseStart[], [, endS]: readonly [number, number]): Layer[] {
  return phases.map(({ name, atS }, i) => {
    const widthPx = (((phases[i + 1]?.atS ?? endS) - atS) / endS) * SIZE.width;
    return {
      data: { values: [{ x: atS, name }] },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'top',
        dx: 3,
        y: 4,
        fontSize: 9,
        color: grey,
        limit: Math.max(1, widthPx - 4),
      },
      encoding: { x: { field: 'x', type: 'quantitative' }, text: { field: 'name' } },
    };
  });
}
