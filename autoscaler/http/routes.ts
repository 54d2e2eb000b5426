import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '#shared/clock.ts';
import { farmConfigSchema, type FarmConfig } from '#shared/config-schema.ts';
import { parseRequest } from '#shared/http-errors.ts';
import { whole } from '#shared/quantity.ts';
import type { Autoscaler } from '../loop/autoscaler.ts';
import type { PolicyShelf } from '../model-store/policy-shelf.ts';
import { nameObservation } from '../observation.ts';
import { policies as rules, type PolicyRow } from '../policy/catalogue.ts';

export interface RouteParts {
  readonly autoscaler: Autoscaler;
  readonly policies: Pick<PolicyShelf, 'models'>;
  /** farm.yml's section: what a request for an episode leaves out. */
  readonly control: FarmConfig['control'];
  /** Refuses a request that may not change anything. */
  readonly authorise: (request: FastifyRequest) => Promise<void>;
  readonly clock: Clock;
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

const anObject = z.record(
  z.string(),
  z.unknown(),
  'expected an object of settings, as in the section control of farm.yml',
);

/** What the autoscaler answers to. Reading is free; whatever changes anything is authorised. */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { autoscaler, authorise } = parts;
  app.get('/status', () => readStatus(parts));
  app.get('/observation', () => readObservation(autoscaler));
  app.get('/decisions', (request) => ({
    decisions: autoscaler.knowledge.decisions(parseRequest(decisionsQuery, request.query).limit),
  }));
  app.get('/policies', async () => ({ policies: rules.map(describeRule), models: await parts.policies.models() }));
  app.get('/episodes/current', () => autoscaler.episode);

  const guarded = { preHandler: authorise };
  app.post('/episodes', guarded, async (request, reply) => {
    const asked = parseRequest(anObject, request.body ?? {});
    const settings = parseRequest(farmConfigSchema.shape.control, { ...parts.control, ...asked });
    const { granted, ready } = await autoscaler.startEpisode(settings);
    return reply
      .status(201)
      .send({ ...autoscaler.episode, prepared: { requested: settings.initialWorkers, granted, ready } });
  });
  app.post('/pause', guarded, async () => {
    await autoscaler.pause();
    return { state: autoscaler.state };
  });
  app.post('/resume', guarded, () => {
    autoscaler.resume();
    return { state: autoscaler.state };
  });
}

/** A rule as a request may name it: `options` are its name's other part, capitals standing for values. */
function describeRule({ name, options, summary }: PolicyRow): PolicyRow {
  return { name, options, summary };
}

/** All that the page shows but the decisions. `null`: never seen. */
function readStatus({ autoscaler, clock }: RouteParts): Record<string, unknown> {
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
    ...readObservation(autoscaler),
    problems: autoscaler.health.problems(),
  };
}

function readObservation({ knowledge }: Autoscaler): Record<string, unknown> {
  const sighting = knowledge.lastSeen?.sighting ?? null;
  return {
    observation: sighting === null ? null : nameObservation(sighting.observation),
    values: sighting?.observation ?? null,
    info: sighting?.info ?? null,
  };
}
