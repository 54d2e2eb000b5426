import { z } from 'zod';
import type { Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { whole } from '#shared/quantity.ts';
import type { Autoscaler } from '../../loop/autoscaler.ts';
import type { DecisionHistory } from '../../loop/decision-history.ts';
import { nameObservation } from '../../observation.ts';
import { route, type HttpRoute } from '../route.ts';
import { decisionShown, sightingShown, statusShown } from '../shown.ts';

export interface StatusParts {
  readonly autoscaler: Autoscaler;
  readonly history: Pick<DecisionHistory, 'last'>;
  readonly clock: Clock;
  /** Null: ready; else why not. */
  readonly whyNotReady: () => string | null;
}

const MOST_DECISIONS = 1_000;

const decisionsQuery = z.strictObject({
  limit: z
    .preprocess(
      (text) => (typeof text === 'string' ? Number(text) : text),
      whole(1, MOST_DECISIONS, 'a number of decisions'),
    )
    .default(20),
});

const tag = 'state';

/** What there is to see. All of it is free to read. */
export function statusRoutes(parts: StatusParts): HttpRoute[] {
  const { autoscaler, history, whyNotReady } = parts;
  return [
    route(
      {
        ...{ method: 'GET', path: '/status', tag, guarded: false },
        summary: 'State, episode, workers, queues, the last observation, and what does not work',
        answers: { 200: { description: 'Nulls: the farm was never seen.', schema: statusShown } },
      },
      () => readStatus(parts),
    ),
    route(
      {
        ...{ method: 'GET', path: '/observation', tag, guarded: false },
        summary: 'The nine numbers of the last look, by name and in order',
        answers: { 200: { description: 'Nulls: the farm was never seen.', schema: sightingShown } },
      },
      () => readObservation(autoscaler),
    ),
    route(
      {
        ...{ method: 'GET', path: '/decisions', tag, guarded: false },
        summary: 'The last decisions, newest first, each with its reason',
        description: "Of whoever led: another autoscaler's, and those before a restart, come from the record in Redis.",
        query: decisionsQuery,
        answers: {
          200: { description: 'At most `limit`.', schema: z.strictObject({ decisions: z.array(decisionShown) }) },
        },
      },
      async ({ query }) => ({ decisions: await history.last(query.limit) }),
    ),
    route(
      {
        ...{ method: 'GET', path: '/desired', tag, guarded: false },
        summary: "How many workers there should be: for KEDA's metrics-api scaler, `valueLocation: desired`",
        answers: {
          200: {
            description: 'As of the last look.',
            schema: z.strictObject({ desired: z.int(), granted: z.int(), at: z.number() }),
            example: { desired: 12, granted: 12, at: 1767225600000 },
          },
          503: { description: 'The farm was not seen yet.' },
        },
      },
      () => readDesired(autoscaler),
    ),
    route(
      {
        ...{ method: 'GET', path: '/health', tag, guarded: false },
        summary: 'Whether the process is alive; the same as /_/health',
        answers: { 200: { description: 'It is.', schema: z.strictObject({ alive: z.literal(true) }) } },
      },
      () => ({ alive: true }),
    ),
    route(
      {
        ...{ method: 'GET', path: '/ready', tag, guarded: false },
        summary: 'Whether it takes requests; the same as /_/ready',
        answers: {
          200: { description: 'It does.', schema: z.strictObject({ ready: z.literal(true) }) },
          503: {
            description: 'It does not.',
            schema: z.strictObject({ ready: z.literal(false), why: z.string() }),
          },
        },
      },
      ({ reply }) => {
        const why = whyNotReady();
        return why === null ? { ready: true } : reply.status(503).send({ ready: false, why });
      },
    ),
  ];
}

function readStatus({ autoscaler, clock }: StatusParts): z.input<typeof statusShown> {
  const seen = autoscaler.knowledge.lastSeen;
  return {
    state: autoscaler.state,
    leads: autoscaler.leads,
    at: clock.farmTime(),
    episode: autoscaler.episode,
    workers: seen?.replicas ?? null,
    queue:
      seen === null
        ? null
        : {
            input: seen.reading.input,
            emitting: seen.reading.emitting,
            waiting: seen.reading.waiting,
            inFlight: seen.reading.inFlight,
            result: seen.reading.result,
            deadLetters: seen.reading.deadLetters,
          },
    totals: seen === null ? null : { ...seen.reading.totals },
    ...readObservation(autoscaler),
    problems: autoscaler.health.problems(),
  };
}

/** The last sighting, as the page and clients read it. */
export function readObservation({ knowledge }: Pick<Autoscaler, 'knowledge'>): z.input<typeof sightingShown> {
  const sighting = knowledge.lastSeen?.sighting ?? null;
  return {
    observation: sighting === null ? null : nameObservation(sighting.observation),
    values: sighting === null ? null : [...sighting.observation],
    info: sighting === null ? null : { ...sighting.info },
  };
}

function readDesired({ knowledge }: Autoscaler): { desired: number; granted: number; at: number } {
  const seen = knowledge.lastSeen;
  if (seen === null) throw new FarmhandError('NOT_READY', 'the farm was not seen yet; ask again in a moment');
  const { desired, granted } = seen.replicas;
  return { desired, granted, at: seen.sighting.info.at };
}
