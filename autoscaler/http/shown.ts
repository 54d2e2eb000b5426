import { z } from 'zod';

/**
 * What the autoscaler shows over HTTP, as schemas: the document at openapi.json is made of them, and a test holds real answers
 * against them. Times are farm time in ms since 1970; workers are replicas; shares are 0 to 1.
 */

const at = z.number().describe('Farm time, ms since 1970.');
const replicas = z.int().min(0);

export const observationShown = z
  .strictObject({
    inputQueue: z.number().describe('Messages that wait for the emitter.'),
    workerQueue: z.number().describe('Tasks that wait for a worker.'),
    resultQueue: z.number().describe('Results that wait for the collector.'),
    outputQueue: z.number().describe('Tasks completed in this episode.'),
    workers: z.number().describe('Workers that the platform intends to run.'),
    avgTime: z.number().describe('Mean time from generation to collection over the window, s.'),
    maxTime: z.number().describe('The longest such time, s.'),
    arrivalRate: z.number().describe('Tasks/s over the last step.'),
    qosRate: z.number().describe("Share of the window's tasks that met their deadline."),
  })
  .describe('The nine numbers that a policy sees.');

const infoShown = z.looseObject({ at, fresh: z.boolean(), ready: replicas, active: replicas, inFlight: z.number() });

/** The last look at the farm; nulls: it was never seen. */
export const sightingShown = z.strictObject({
  observation: observationShown.nullable(),
  values: z.array(z.number()).length(9).nullable().describe('The same nine, in order.'),
  info: infoShown.nullable().describe('What goes with them.'),
});

export const workersShown = z.strictObject({
  desired: replicas.describe('Last asked for.'),
  granted: replicas.describe('What the platform intends to run.'),
  ready: replicas.describe('Can take work now.'),
  active: replicas.describe('Exist: starting and draining ones included.'),
  parked: replicas.describe('Kept warm and out of work.'),
  limit: replicas.nullable().describe('The most that the platform was lately seen to grant.'),
});

export const episodeShown = z.strictObject({
  policy: z.string(),
  since: at,
  settings: z.looseObject({
    policy: z.string(),
    stepDurationS: z.number(),
    observationWindowS: z.number(),
    minWorkers: replicas,
    maxWorkers: replicas,
    initialWorkers: replicas,
  }),
  steps: z.int().describe('Decisions made.'),
  skipped: z.int().describe('Steps whose moment passed while an earlier one was at work.'),
  scaling: z.strictObject({ up: z.int(), down: z.int(), noop: z.int() }),
  drains: z.strictObject({ drained: z.int(), withdrawn: z.int() }),
  workers: z.strictObject({ mean: z.number().nullable(), max: z.number().nullable(), now: z.number().nullable() }),
});

export const statusShown = z.strictObject({
  state: z.enum(['running', 'paused', 'preparing', 'stopped']),
  leads: z.boolean().describe('False: another autoscaler decides, and this one only watches.'),
  at,
  episode: episodeShown,
  workers: workersShown.nullable(),
  queue: z
    .strictObject({
      input: z.int(),
      emitting: z.int(),
      waiting: z.int(),
      inFlight: z.int(),
      result: z.int(),
      deadLetters: z.int(),
    })
    .nullable(),
  totals: z
    .looseObject({ collected: z.int(), met: z.int(), dead: z.int() })
    .nullable()
    .describe('Counters since the farm was made; they only grow.'),
  ...sightingShown.shape,
  problems: z
    .record(z.string(), z.strictObject({ since: at, because: z.string() }))
    .describe('What does not work now, by part.'),
});

export const decisionShown = z.looseObject({
  step: z.int().describe('From 1 within the episode.'),
  at,
  policy: z.string(),
  observation: z.array(z.number()).length(9).nullable(),
  proposed: z.number().nullable().describe('What the policy answered; null: it held, or was not asked.'),
  requested: z.number().nullable().describe('What was asked of the platform; null: nothing.'),
  granted: z.number().nullable().describe('What the platform runs afterwards; null: unknown.'),
  drained: z.int(),
  withdrawn: z.int(),
  outcome: z.string(),
  because: z.string().describe('A sentence.'),
});

export const stateShown = z.strictObject({ state: statusShown.shape.state });
