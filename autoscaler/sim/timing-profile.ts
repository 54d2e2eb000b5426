import { z } from 'zod';
import { closedObject } from '#shared/parse.ts';
import { notNegative, share, text, yesOrNo } from '#shared/quantity.ts';
import { delaySchema } from './delay.ts';

/** How long a farm's own doings take, beside its tasks: what makes a simulated farm that farm. */
export const timingProfileSchema = closedObject({
  name: text(100),
  /** From a task's arrival until one idle worker has it. With `fastestOfIdle`, of n idle workers the soonest counts: ÷ n. */
  claim: delaySchema,
  fastestOfIdle: yesOrNo,
  /** What a worker adds to each task between two tasks: finish, and claim of the next. */
  turnaround: delaySchema,
  /** From a worker's finish until the collector has judged the result. */
  collect: delaySchema,
  /** From the decision until the first new worker can take work; and from each further one to the next. */
  start: delaySchema,
  startNext: delaySchema,
  /** From the decision until a worker that has no task is gone; one with a task finishes it first. */
  drain: delaySchema,
  /** By how much a step is longer than declared: observing, deciding, calling the platform. */
  stepOverhead: delaySchema,
  /** From the start of the emission to the first observation. */
  firstObservation: delaySchema,
  /** What a window without collected tasks shows; null: the last values are held. */
  emptyWindow: z.nullable(
    closedObject({ avgTime: notNegative('a time in s'), maxTime: notNegative('a time in s'), qosRate: share }),
  ),
  /** How long the farm may finish what it has after the last step. */
  settleS: notNegative('a time in s'),
  /** Where the figures are from. */
  provenance: z.record(z.string(), z.unknown()),
});

export type TimingProfile = z.infer<typeof timingProfileSchema>;
