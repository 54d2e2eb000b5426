import { closedObject } from '../parse.ts';
import { notNegative, positive } from '../quantity.ts';
import type { z } from 'zod';

/**
 * Service time of an image of `size` × `size` pixels: time = a·size² + b.
 * Source: task-farm reference, `calibrated_model`, a fit to four measured sizes (docs/workloads.md).
 */
export const timingModel = closedObject({ a: positive('a factor in s/px²'), b: notNegative('a time in s') });

export type TimingModel = z.infer<typeof timingModel>;

/** Seconds for an image of `sizePx` per side. */
export function timeOfSize(model: TimingModel, sizePx: number): number {
  return model.a * sizePx * sizePx + model.b;
}

/** Pixels per side (a fraction) whose time is `timeS`; 0 for a time at or below the constant part. */
export function sizeOfTime(model: TimingModel, timeS: number): number {
  return Math.sqrt(Math.max(0, timeS - model.b) / model.a);
}
