import { domainOf } from './lines-panel.ts';

/** Of the plot, px. */
export const WIDTH = 680;
export const HEIGHT = 460;

/** QoS in print has two decimals of a per cent: less than this is as good as nothing missed. */
const LEAST_MISSED = 0.0001;
const TICKS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, LEAST_MISSED];
const TICK_LABEL = `datum.value <= ${LEAST_MISSED} ? '≥ 99.99 %' : format(100 * (1 - datum.value), '.4') + ' %'`;

/** 1 − QoS, but not less than what the axis shows. */
export function missedOf(qos: number): number {
  return Math.max(LEAST_MISSED, 1 - qos);
}

interface XAxis {
  readonly field: string;
  readonly type: 'quantitative';
  readonly title: string;
  readonly scale: { domain: number[]; nice: false };
  readonly axis: { tickCount: number };
}

interface MissedAxis {
  readonly field: string;
  readonly type: 'quantitative';
  readonly title: string;
  readonly scale: { type: 'log'; domain: number[]; nice: false; reverse: true };
  readonly axis: { values: number[]; labelExpr: string; grid: true };
}

/** Encodings of both axes, and the way from data to px and back that placing labels needs. */
export function axesOver(title: string, marks: readonly { x: number; missed: number }[]) {
  const [left, right] = domainOf(marks.map(({ x }) => x));
  const least = Math.min(0.02, ...marks.map(({ missed }) => missed)) / 1.3;
  const most = Math.min(1, 1.3 * Math.max(0.1, ...marks.map(({ missed }) => missed)));
  const stretch = Math.log(most / least);
  const x: XAxis = {
    field: 'x',
    type: 'quantitative',
    title,
    scale: { domain: [left, right], nice: false },
    axis: { tickCount: 10 },
  };
  const y: MissedAxis = {
    field: 'missed',
    type: 'quantitative',
    title: 'QoS (logarithmic in the missed share)',
    scale: { type: 'log', domain: [least, most], nice: false, reverse: true },
    axis: { values: TICKS.filter((tick) => tick >= least && tick <= most), labelExpr: TICK_LABEL, grid: true },
  };
  return {
    encoding: { x, y },
    toPx: (at: { x: number; missed: number }) => ({
      x: ((at.x - left) / (right - left)) * WIDTH,
      y: (Math.log(at.missed / least) / stretch) * HEIGHT,
    }),
    fromPx: (px: { x: number; y: number }) => ({
      x: left + (px.x / WIDTH) * (right - left),
      missed: least * Math.exp((px.y / HEIGHT) * stretch),
    }),
  };
}

export type Axes = ReturnType<typeof axesOver>;
