import { z } from 'zod';
import { closedObject } from '../parse.ts';
import { notNegative, positive } from '../quantity.ts';

const perS = notNegative('a rate in tasks/s');

const rampPoint = closedObject({ atS: notNegative('a time in s'), perS });

/**
 * How many tasks a second arrive, over one phase. `pattern` says which shape:
 * steady; oscillation, a sine that begins at its middle and rises; ramp, straight lines between points (two points at one
 * time are a jump; the first and last rates hold before and after); trace, one rate for each second from the phase's start.
 */
export const rateModel = z.discriminatedUnion(
  'pattern',
  [
    closedObject({ pattern: z.literal('steady'), perS }),
    closedObject({
      pattern: z.literal('oscillation'),
      minPerS: perS,
      maxPerS: perS,
      cycles: positive('a number of cycles'),
    }).refine((rate) => rate.minPerS <= rate.maxPerS, { path: ['minPerS'], message: 'expected at most maxPerS' }),
    closedObject({
      pattern: z.literal('ramp'),
      points: z
        .array(rampPoint, 'expected a list of points {atS, perS}')
        .min(1, 'expected at least one point {atS, perS}')
        .refine(inOrder, 'expected points in order of atS'),
    }),
    closedObject({
      pattern: z.literal('trace'),
      perS: z.array(perS, 'expected a list of rates in tasks/s, one a second').min(1, 'expected at least one rate'),
    }),
  ],
  'expected a rate with pattern steady, oscillation, ramp or trace',
);

export type RateModel = z.infer<typeof rateModel>;
type Ramp = Extract<RateModel, { pattern: 'ramp' }>;

function inOrder(points: readonly { atS: number }[]): boolean {
  return points.every((point, i) => i === 0 || point.atS >= (points[i - 1]?.atS ?? 0));
}

/**
 * The rate in tasks/s, `atS` seconds into a phase of `durationS`.
 * An oscillation from 0.5 to 1.5 in one cycle of 60 s: 1 at 0 s, 1.5 at 15 s, 0.5 at 45 s (test/shared/workload/rate.test.ts).
 */
export function rateAt(rate: RateModel, atS: number, durationS: number): number {
  switch (rate.pattern) {
    case 'steady':
      return rate.perS;
    case 'oscillation': {
      const middle = (rate.maxPerS + rate.minPerS) / 2;
      const amplitude = (rate.maxPerS - rate.minPerS) / 2;
      return middle + amplitude * Math.sin((2 * Math.PI * rate.cycles * atS) / durationS);
    }
    case 'ramp':
      return onRamp(rate.points, atS);
    case 'trace':
      return rate.perS[Math.min(Math.floor(atS), rate.perS.length - 1)] ?? 0;
  }
}

function onRamp(points: Ramp['points'], atS: number): number {
  const next = points.findIndex((point) => point.atS > atS);
  if (next === -1) return points.at(-1)?.perS ?? 0;
  const to = points[next];
  const from = points[next - 1];
  if (to === undefined) return 0;
  if (from === undefined) return to.perS;
  return from.perS + ((to.perS - from.perS) * (atS - from.atS)) / (to.atS - from.atS);
}

/** A rate that the model never exceeds, in tasks/s. */
export function peakRate(rate: RateModel): number {
  switch (rate.pattern) {
    case 'steady':
      return rate.perS;
    case 'oscillation':
      return rate.maxPerS;
    case 'ramp':
      return rate.points.reduce((peak, point) => Math.max(peak, point.perS), 0);
    case 'trace':
      return rate.perS.reduce((peak, perSecond) => Math.max(peak, perSecond), 0);
  }
}

/** The integral of the rate over the phase: how many tasks are expected. */
export function expectedTasks(rate: RateModel, durationS: number): number {
  switch (rate.pattern) {
    case 'steady':
      return rate.perS * durationS;
    case 'oscillation': {
      const middle = (rate.maxPerS + rate.minPerS) / 2;
      const amplitude = (rate.maxPerS - rate.minPerS) / 2;
      const angle = 2 * Math.PI * rate.cycles;
      return durationS * (middle + (amplitude * (1 - Math.cos(angle))) / angle);
    }
    case 'ramp':
      return underRamp(rate, durationS);
    case 'trace':
      return underTrace(rate.perS, durationS);
  }
}

/** Trapezoids under the lines, as far as the phase goes. */
function underRamp({ points }: Ramp, durationS: number): number {
  const first = points[0]?.perS ?? 0;
  const last = points.at(-1) ?? { atS: 0, perS: 0 };
  const corners = [{ atS: 0, perS: first }, ...points, { atS: Math.max(last.atS, durationS), perS: last.perS }];
  let sum = 0;
  for (const [i, to] of corners.entries()) {
    const from = corners[i - 1];
    if (from === undefined || to.atS === from.atS) continue;
    const inPhaseS = Math.max(0, Math.min(to.atS, durationS) - from.atS);
    const slope = (to.perS - from.perS) / (to.atS - from.atS);
    sum += inPhaseS * (from.perS + (slope * inPhaseS) / 2);
  }
  return sum;
}

function underTrace(perS: readonly number[], durationS: number): number {
  let sum = 0;
  for (let second = 0; second < durationS; second += 1) {
    sum += (perS[Math.min(second, perS.length - 1)] ?? 0) * Math.min(1, durationS - second);
  }
  return sum;
}
