import { phaseOrder } from '#shared/workload/phase-order.ts';
import type { WorkloadPlan } from '#shared/workload/plan.ts';
import { expectedTasks, rateAt } from '#shared/workload/rate.ts';
import type { Workload } from '#shared/workload/workload.ts';
import type { FigureSpec } from '../figure.ts';
import { spreadOf } from '../statistics.ts';
import { linesPanel, panelTitle, uprightRules, type LayerPanel } from './lines-panel.ts';
import { blue, figureFrame, grey, paleGrey, vermilion, type Conditions } from './theme.ts';

export interface ArrivalsFigure {
  readonly workload: Workload;
  /** What was drawn, one plan a seed; at least one. */
  readonly plans: readonly WorkloadPlan[];
  readonly conditions: Conditions;
}

interface ListedPhase {
  readonly name: string;
  readonly fromS: number;
  readonly durationS: number;
  /** As specified, tasks/s at a time of the phase. */
  readonly rateAt: (atS: number) => number;
  readonly meanPerS: number;
  /** Arrival times from the phase's start and how long it lasted, for each plan; s. */
  readonly drawn: readonly { readonly atS: readonly number[]; readonly durationS: number }[];
}

const WIDTH = 640;

/** The rate of arrivals as the workload specifies it and as it was drawn: over time, and by phase. */
export function plotArrivals({ workload, plans, conditions }: ArrivalsFigure): FigureSpec {
  const phases = listedPhases(workload, plans);
  const stepS = workload.control.stepDurationS;
  return {
    ...figureFrame('Arrivals by phase', {
      conditions,
      widthPx: WIDTH + 90,
      notes: [
        `${plans.length} ${plans.length === 1 ? 'run' : 'runs'} drawn (${workload.emission})`,
        'phases as the workload lists them, whatever order a run took',
        'band: ± one standard deviation over the runs',
        'boxes: quartiles, and 5 % to 95 %',
        'diamonds: means as specified',
      ],
    }),
    vconcat: [overTime(phases), byPhase(phases, stepS)],
    spacing: 30,
  };
}

function listedPhases(workload: Workload, plans: readonly WorkloadPlan[]): ListedPhase[] {
  let fromS = 0;
  return workload.arrivals.map(({ name, durationS, rate }, listed) => {
    const startS = fromS;
    fromS += durationS;
    const drawn = plans.flatMap((plan) => {
      const phase = plan.phases[phaseOrder(workload, plan.seed).indexOf(listed)];
      if (phase === undefined) return [];
      return [{ atS: phase.tasks.map(({ atMs }) => atMs / 1000), durationS: phase.durationMs / 1000 }];
    });
    return {
      name,
      fromS: startS,
      durationS,
      rateAt: (atS) => rateAt(rate, atS, durationS),
      meanPerS: expectedTasks(rate, durationS) / durationS,
      drawn,
    };
  });
}

/** Most parts that a phase's curves are made of. */
const PARTS = 30;
/** Tasks in a part, over all runs, without which its rate is mostly noise. */
const TASKS_A_PART = 10;

function overTime(phases: readonly ListedPhase[]): LayerPanel {
  const specified = phases.flatMap(({ fromS, durationS, rateAt: at }) =>
    // The last point lies just before the phase's end, where a trace or a step has not yet given way to the next phase.
    Array.from({ length: 2 * PARTS + 1 }, (_, i) => {
      const atS = Math.min((i / (2 * PARTS)) * durationS, durationS * (1 - 1e-9));
      return { x: fromS + atS, y: at(atS) };
    }),
  );
  const drawn = phases.map(drawnRates);
  const endS = phases.reduce((sum, { durationS }) => sum + durationS, 0);
  const most = Math.max(...specified.map(({ y }) => y), ...drawn.flatMap((points) => points.map(({ high }) => high)));
  return linesPanel({
    title: 'Over time',
    width: WIDTH,
    height: 220,
    x: { title: 'time of the workload (s)', domain: [0, endS] },
    y: { title: 'tasks/s', include: [0, 1.12 * most] },
    lines: [
      ...drawn.map((points, i) => ({ name: i === drawn.length - 1 ? 'drawn' : '', colour: blue, points, held: true })),
      { name: 'specified', colour: vermilion, points: specified },
    ],
    labelled: true,
    below: uprightRules(
      phases.slice(1).map(({ fromS }) => fromS),
      paleGrey,
    ),
    above: phases.map(({ name, fromS, durationS }) => ({
      data: { values: [{ x: fromS, name }] },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'top',
        dx: 4,
        y: 5,
        fontSize: 10,
        color: grey,
        limit: Math.max(1, (durationS / endS) * WIDTH - 6),
      },
      encoding: { x: { field: 'x', type: 'quantitative' }, text: { field: 'name' } },
    })),
  });
}

/** Mean and spread over the runs in parts of the phase, as far as at least half of the runs got in it. */
function drawnRates({ fromS, durationS, meanPerS, drawn }: ListedPhase) {
  const parts = Math.min(PARTS, Math.max(2, Math.floor((meanPerS * durationS * drawn.length) / TASKS_A_PART)));
  const windowS = durationS / parts;
  const ends = Array.from({ length: parts }, (_, part) => part * windowS).flatMap((atS) => {
    const rates = drawn.flatMap((run) => ratesOf(run, { fromS: atS, windowS, most: 1 }));
    if (rates.length === 0 || rates.length * 2 < drawn.length) return [];
    const { mean, sd } = spreadOf(rates);
    return [{ x: fromS + atS + windowS, y: mean, low: Math.max(0, mean - sd), high: mean + sd }];
  });
  return ends.flatMap((end, i) => (i === 0 ? [{ ...end, x: fromS }, end] : [end]));
}

/** Rates (tasks/s) of the first `most` windows from `fromS` on that lie within the phase as it was drawn. */
function ratesOf(
  { atS, durationS }: ListedPhase['drawn'][number],
  { fromS, windowS, most }: { fromS: number; windowS: number; most: number },
): number[] {
  // A share of a millionth forgives rounding: 30 parts of a phase are the phase.
  const windows = Math.min(most, Math.floor((durationS - fromS) / windowS + 1e-6));
  const counts = Array.from({ length: Math.max(0, windows) }, () => 0);
  for (const at of atS) {
    const window = Math.floor((at - fromS) / windowS);
    if (window >= 0 && window < counts.length) counts[window] = (counts[window] ?? 0) + 1;
  }
  return counts.map((count) => count / windowS);
}

/** Boxes of the rates that a policy sees in its steps. */
function byPhase(phases: readonly ListedPhase[], stepS: number): LayerPanel {
  const boxes = phases.map(({ name, meanPerS, drawn, durationS }, i) => {
    const windowS = Math.min(stepS, durationS);
    const rates = drawn.flatMap((run) => ratesOf(run, { fromS: 0, windowS, most: Infinity })).sort((a, b) => a - b);
    const at = (p: number) => rates[Math.floor(p * (rates.length - 1))] ?? 0;
    return {
      phase: `${i + 1} ${name}`,
      specified: meanPerS,
      p5: at(0.05),
      p25: at(0.25),
      p50: at(0.5),
      p75: at(0.75),
      p95: at(0.95),
    };
  });
  const x = {
    field: 'phase',
    type: 'ordinal' as const,
    sort: null,
    title: null,
    axis: { labelAngle: 0, labelLimit: (1.4 * WIDTH) / Math.max(1, phases.length) },
  };
  const y = { type: 'quantitative' as const, title: `tasks/s over ${stepS} s` };
  return {
    title: panelTitle(`By phase, in steps of ${stepS} s`),
    width: WIDTH,
    height: 200,
    data: { values: boxes },
    layer: [
      {
        mark: { type: 'rule', color: blue, strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: 'p5' }, y2: { field: 'p95' } },
      },
      {
        mark: { type: 'bar', size: 44, color: '#b9d7ec', stroke: blue },
        encoding: { x, y: { ...y, field: 'p25' }, y2: { field: 'p75' } },
      },
      { mark: { type: 'tick', size: 44, thickness: 2.5, color: blue }, encoding: { x, y: { ...y, field: 'p50' } } },
      {
        mark: { type: 'point', shape: 'diamond', filled: true, size: 90, opacity: 1, color: vermilion },
        encoding: { x, y: { ...y, field: 'specified' } },
      },
    ],
  };
}
