import { countStates, type BinnedDimension } from '../../learn/sarsa/bin-edges.ts';
import type { SavedTable } from '../../learn/sarsa/value-table.ts';
import type { FigureSpec } from '../figure.ts';
import { linesPanel, panelTitle, type LayerPanel } from './lines-panel.ts';
import { blue, figureFrame, type Conditions } from './theme.ts';

export interface StateVisitsFigure {
  readonly agent: string;
  readonly dimensions: readonly BinnedDimension[];
  readonly table: Pick<SavedTable, 'states' | 'visits'>;
  readonly conditions: Conditions;
}

interface VisitedState {
  /** Bin of each dimension. */
  readonly bins: readonly number[];
  readonly visits: number;
}

/** How a training's visits spread over a table's states: by rank, and over the bins of each dimension. */
export function plotStateVisits({ agent, dimensions, table, conditions }: StateVisitsFigure): FigureSpec {
  const states = visitedStates(dimensions, table).sort((a, b) => b.visits - a.visits);
  const total = states.reduce((sum, { visits }) => sum + visits, 0);
  const possible = countStates(dimensions);
  const share = ((100 * states.length) / possible).toPrecision(2);
  return {
    ...figureFrame(`States that ${agent} visited`, {
      conditions,
      widthPx: 4 * SIZE.width,
      notes: [`${states.length} of ${possible} states (${share} %) in ${total} visits`],
    }),
    columns: 4,
    spacing: { column: 24, row: 26 },
    concat: [rankPanel(states, total), ...dimensions.map((each, d) => binPanel(each, { states, d, total }))],
  };
}

/** The digits of a state's number, the last dimension being the lowest one (learn/sarsa/discretiser.ts). */
function visitedStates(dimensions: readonly BinnedDimension[], { states, visits }: StateVisitsFigure['table']) {
  const actions = states.length === 0 ? 0 : visits.length / states.length;
  return [...states].map((state, row): VisitedState => {
    const bins: number[] = [];
    let rest = state;
    for (const { edges } of dimensions.toReversed()) {
      bins.unshift(rest % (edges.length + 1));
      rest = Math.floor(rest / (edges.length + 1));
    }
    return { bins, visits: visits.slice(row * actions, (row + 1) * actions).reduce((sum, each) => sum + each, 0) };
  });
}

const SIZE = { width: 200, height: 150 };

/** Share of all visits that the most visited states have: steep at first where few states matter. */
function rankPanel(states: readonly VisitedState[], total: number): LayerPanel {
  let sum = 0;
  const points = [
    { x: 0, y: 0 },
    ...states.map(({ visits }, i) => {
      sum += visits;
      return { x: i + 1, y: total === 0 ? 0 : sum / total };
    }),
  ];
  return linesPanel({
    title: 'The most visited, added up',
    ...SIZE,
    x: { title: 'states, most visited first', domain: [0, Math.max(1, states.length)] },
    y: { title: 'share of visits', include: [0, 1], format: '.0%' },
    lines: [{ name: 'visits', colour: blue, points }],
    labelled: false,
  });
}

function binPanel(
  { name, edges }: BinnedDimension,
  { states, d, total }: { states: readonly VisitedState[]; d: number; total: number },
): LayerPanel {
  const shares = Array.from({ length: edges.length + 1 }, () => 0);
  for (const { bins, visits } of states) {
    const bin = bins[d] ?? 0;
    shares[bin] = (shares[bin] ?? 0) + visits / Math.max(1, total);
  }
  const values = shares.map((share, bin) => ({ bin: binName(edges, bin), share }));
  return {
    title: panelTitle(name),
    ...SIZE,
    layer: [
      {
        data: { values },
        mark: { type: 'bar', color: blue },
        encoding: {
          x: { field: 'bin', type: 'ordinal', sort: null, title: null, axis: { labelAngle: -40, labelOverlap: false } },
          y: { field: 'share', type: 'quantitative', title: 'share of visits', axis: { format: '.0%', tickCount: 5 } },
        },
      },
    ],
  };
}

function binName(edges: readonly number[], bin: number): string {
  const from = edges[bin - 1];
  const to = edges[bin];
  if (from === undefined) return to === undefined ? 'all' : `< ${brief(to)}`;
  return to === undefined ? `≥ ${brief(from)}` : `${brief(from)}–${brief(to)}`;
}

function brief(edge: number): string {
  return String(Number(edge.toPrecision(3)));
}
