import { z } from 'zod';
import { closedObject } from '../parse.ts';
import { oneOf, positive, seedOrNull, text, upTo, whole, yesOrNo } from '../quantity.ts';
import { LONGEST_PHASE_S, LONGEST_WINDOW_S, MOST_STEPS, MOST_TASKS, MOST_WORKERS } from './limits.ts';
import { peakRate, rateModel } from './rate.ts';
import { serviceModel } from './service.ts';

const phase = closedObject({
  name: text(100),
  durationS: upTo(LONGEST_PHASE_S, 'a time in s'),
  rate: rateModel,
}).superRefine(({ durationS, rate }, context) => {
  if (rate.pattern === 'trace' && durationS > rate.perS.length) {
    context.addIssue({
      code: 'custom',
      path: ['durationS'],
      message: `expected at most the trace's ${rate.perS.length} s`,
    });
  }
});

export type ArrivalPhase = z.infer<typeof phase>;

/** How a run on this workload is controlled; stands over farm.yml's `control` for its runs. */
export const runControl = closedObject({
  stepDurationS: positive('a time in s'),
  observationWindowS: upTo(LONGEST_WINDOW_S, 'a time in s'),
  initialWorkers: whole(1, MOST_WORKERS, 'a whole number of workers'),
  maxSteps: whole(1, MOST_STEPS, 'a whole number of steps'),
});

export type RunControl = z.infer<typeof runControl>;

/**
 * What arrives, how long it takes, and how a run on it is controlled. Complete and plain data: it is kept as JSON with the
 * run, and everything about a run's tasks follows from it and a seed (plan.ts).
 */
export const workloadSchema = closedObject({
  name: text(100),
  description: z.string('expected a text').max(1000, 'expected at most 1000 characters').default(''),
  /** Which task kind the worker runs: real images of the sampled size, or the sampled time waited out. */
  kind: oneOf('image', 'calibrated'),
  control: runControl,
  arrivals: z
    .array(phase, 'expected a list of phases')
    .min(1, 'expected at least one phase')
    .max(1000, 'expected at most 1000 phases'),
  /** poisson: on an absolute axis at the phases' rates; as-coded: as the reference's emitter does it (arrivals.ts). */
  emission: oneOf('poisson', 'as-coded'),
  service: serviceModel,
  /** Whether a run takes the phases in an order drawn from its seed. */
  phaseShuffle: yesOrNo.default(false),
  /** A second seed for that order alone; null: the run's seed decides. */
  phaseShuffleSeed: seedOrNull.default(null),
}).superRefine(({ arrivals }, context) => {
  // The peak bounds both the tasks and the work of drawing them.
  const most = arrivals.reduce((sum, { rate, durationS }) => sum + peakRate(rate) * durationS, 0);
  if (most > MOST_TASKS) {
    context.addIssue({
      code: 'custom',
      path: ['arrivals'],
      message: `expected peak rates that make at most ${MOST_TASKS} tasks, and these make up to ${Math.ceil(most)}`,
    });
  }
});

export type Workload = z.infer<typeof workloadSchema>;
