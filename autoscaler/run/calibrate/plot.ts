import type { FigureSpec, PanelSpec } from '../figure.ts';
import { timedStages, type Calibration } from './calibration.ts';

const WIDTH = 460;
const TASK = { series: 'one task', colour: '#8fb8da' };
const MEAN = { series: 'mean of a size', colour: '#1f6fb4' };
const FIT = { series: 'a·size² + b', colour: '#d9541e' };

const sizeAxis = (sizesPx: readonly number[]) => ({
  field: 'sizePx',
  type: 'quantitative' as const,
  title: 'side of the picture (px)',
  scale: { type: 'log' as const, base: 2, nice: false, padding: 16 },
  axis: { values: [...sizesPx], format: 'd', grid: true },
});

/** Times and the fitted curve on logarithmic axes, the means' residuals below, and where the time goes beside. */
export function plotCalibration(calibration: Calibration): FigureSpec {
  const { machine, model, trials } = calibration;
  return {
    title: {
      text: 'Service time of an image task',
      subtitle: [
        `t = ${scientific(model.a)} s/px² · size² + ${(model.b * 1000).toFixed(2)} ms,  R² = ${model.rSquared.toFixed(4)} over ${trials.length} tasks`,
        `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, sharp ${machine.sharp}`,
      ],
      anchor: 'start',
      offset: 14,
      fontSize: 15,
      subtitlePadding: 6,
    },
    hconcat: [{ vconcat: [timePanel(calibration), residualPanel(calibration)] }, stagePanel(calibration)],
    spacing: 50,
    resolve: { scale: { color: 'independent' } },
    config: { axis: { labelFontSize: 11, titleFontSize: 12, gridColor: '#e8e8e8' }, view: { stroke: '#cccccc' } },
  };
}

function timePanel({ plan, model, sizes, trials }: Calibration): PanelSpec {
  const ends = sizes.map(({ sizePx }) => sizePx);
  const smallest = Math.min(...ends);
  const stretch = Math.max(...ends) / smallest;
  const curve = Array.from({ length: 61 }, (_, i) => {
    const sizePx = smallest * stretch ** (i / 60);
    return { sizePx, ms: (model.a * sizePx ** 2 + model.b) * 1000, series: FIT.series };
  });
  const x = sizeAxis(plan.sizesPx);
  const y = {
    field: 'ms',
    type: 'quantitative' as const,
    title: 'service time (ms)',
    scale: { type: 'log' as const, nice: false, padding: 12 },
    axis: { format: 'd', grid: true, tickCount: 6 },
  };
  const legend = [TASK, MEAN, FIT];
  const color = {
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: legend.map(({ series }) => series), range: legend.map(({ colour }) => colour) },
    legend: { title: null, orient: 'top-left' as const, symbolOpacity: 1 },
  };
  return {
    width: WIDTH,
    height: 300,
    layer: [
      {
        data: { values: trials.map((t) => ({ sizePx: t.sizePx, ms: t.serviceS * 1000, series: TASK.series })) },
        mark: { type: 'point', size: 26, filled: true, opacity: 0.6 },
        encoding: { x, y, color },
      },
      { data: { values: curve }, mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        data: {
          values: sizes.map((s) => ({ sizePx: s.sizePx, ms: s.service.mean * 1000, series: MEAN.series })),
        },
        mark: { type: 'point', shape: 'diamond', size: 90, filled: true, opacity: 1 },
        encoding: { x, y, color },
      },
    ],
  };
}

function residualPanel({ plan, sizes }: Calibration): PanelSpec {
  const x = sizeAxis(plan.sizesPx);
  return {
    title: { text: 'Residuals of the means, with two standard errors', anchor: 'start', fontSize: 13 },
    width: WIDTH,
    height: 130,
    layer: [
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: 'rule', color: FIT.colour, strokeWidth: 1.5 },
        encoding: { y: { field: 'zero', type: 'quantitative' } },
      },
      {
        data: {
          values: sizes.map((s) => {
            // Two standard errors of the mean, about a 95 % interval.
            const spread = (2 * s.service.sd) / Math.sqrt(s.service.count) / s.modelS;
            return {
              sizePx: s.sizePx,
              share: s.residualShare,
              low: s.residualShare - spread,
              high: s.residualShare + spread,
            };
          }),
        },
        encoding: { x },
        layer: [
          {
            mark: { type: 'rule', color: MEAN.colour, strokeWidth: 1.5 },
            encoding: {
              y: {
                field: 'low',
                type: 'quantitative',
                title: 'mean against fit',
                axis: { format: '.0%', tickCount: 5 },
              },
              y2: { field: 'high' },
            },
          },
          {
            mark: { type: 'point', shape: 'diamond', size: 90, filled: true, color: MEAN.colour, opacity: 1 },
            encoding: { y: { field: 'share', type: 'quantitative' } },
          },
        ],
      },
    ],
  };
}

function stagePanel({ sizes }: Calibration): PanelSpec {
  const values = sizes.flatMap(({ sizePx, stagesS }) =>
    timedStages.map((stage, order) => ({ sizePx: String(sizePx), stage, order, seconds: stagesS[stage] })),
  );
  return {
    title: { text: 'Where the time goes', anchor: 'start', fontSize: 13 },
    width: { step: 46 },
    height: 488,
    data: { values },
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'sizePx',
        type: 'ordinal',
        sort: null,
        title: 'side of the picture (px)',
        axis: { labelAngle: 0 },
      },
      y: {
        field: 'seconds',
        type: 'quantitative',
        stack: 'normalize',
        title: 'share of the task (mean)',
        axis: { format: '.0%' },
      },
      order: { field: 'order' },
      color: {
        field: 'stage',
        type: 'nominal',
        title: null,
        scale: { domain: [...timedStages], scheme: 'tableau10' },
        legend: { orient: 'right' },
      },
    },
  };
}

/** 1.71e-7 as "1.710 · 10⁻⁷". */
function scientific(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential(3).split('e');
  const raised = exponent.replace('+', '').replace('-', '⁻');
  return `${digits} · 10${raised.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)))}`;
}
