import { z } from 'zod';
import type { Clock } from '#shared/clock.ts';
import { hasEnded, curvePoint, runRecord, type RunRecord } from '../../run/service/run-record.ts';
import { compareRequest, evaluateRequest, trainRequest, type RunRequest } from '../../run/service/run-requests.ts';
import type { RunService } from '../../run/service/run-service.ts';
import type { EventStreams } from '../events/event-streams.ts';
import { lastEventId } from '../events/farm-events.ts';
import { runFeed } from '../events/run-feed.ts';
import { route, type HttpRoute } from '../route.ts';

export interface RunRouteParts {
  readonly runs: RunService;
  readonly streams: EventStreams;
  readonly clock: Clock;
}

const tag = 'runs';

const links = z
  .strictObject({ self: z.string(), events: z.string(), cancel: z.string() })
  .describe('Relative to the address of this document.');

const accepted = z.strictObject({ runId: z.string(), links });
const runShown = z.strictObject({ ...runRecord.shape, links });
const runDetail = z.strictObject({ ...runShown.shape, points: z.array(curvePoint).describe('Of a training.') });

const params = z.strictObject({ id: z.string().max(100, 'expected the id of a run') });

/** A stream's id, as Redis gives it. */
const EVENT_ID = /^\d{1,20}-\d{1,20}$/;

const asynchronous = {
  202: {
    description: 'It waits or is being done; `links` say where to look.',
    schema: accepted,
    example: { runId: 'train-3fk20a9x', links: linksOf('train-3fk20a9x') },
  },
};

/** Long work: asked for, followed, cancelled. It outlives this process. */
export function runRoutes(parts: RunRouteParts): HttpRoute[] {
  const { runs } = parts;
  return [
    route(
      {
        ...{ method: 'POST', path: '/train', tag, guarded: true },
        summary: 'Train an agent; its best model goes into the model store',
        description:
          'In the simulator, or `live` on this farm. One run is done at a time, on one core, in a thread that never delays a ' +
          'control step. A restart of the function goes on from the last checkpoint.',
        body: trainRequest,
        answers: asynchronous,
      },
      ({ body, reply }) =>
        start(runs, { kind: 'train', request: body }).then((answer) => reply.status(202).send(answer)),
    ),
    route(
      {
        ...{ method: 'POST', path: '/evaluate', tag, guarded: true },
        summary: 'Put a model or policy through held-out seeds',
        body: evaluateRequest,
        answers: asynchronous,
      },
      ({ body, reply }) =>
        start(runs, { kind: 'evaluate', request: body }).then((answer) => reply.status(202).send(answer)),
    ),
    route(
      {
        ...{ method: 'POST', path: '/compare', tag, guarded: true },
        summary: 'Put several policies through the same held-out seeds',
        body: compareRequest,
        answers: asynchronous,
      },
      ({ body, reply }) =>
        start(runs, { kind: 'compare', request: body }).then((answer) => reply.status(202).send(answer)),
    ),
    route(
      {
        ...{ method: 'GET', path: '/runs', tag, guarded: false },
        summary: 'The last hundred runs, newest first',
        answers: { 200: { description: 'Without their curves.', schema: z.strictObject({ runs: z.array(runShown) }) } },
      },
      async () => ({ runs: (await runs.list()).map(shown) }),
    ),
    route(
      {
        ...{ method: 'GET', path: '/runs/:id', tag, guarded: false },
        summary: 'One run with its curve and result',
        params,
        answers: {
          200: { description: 'A finished training has `result.model`: the id of the model.', schema: runDetail },
        },
      },
      async ({ params: { id } }) => shown(await runs.get(id)),
    ),
    route(
      {
        ...{ method: 'DELETE', path: '/runs/:id', tag, guarded: true },
        summary: 'Cancel a run',
        description: 'One that waits ends at once; one that is being done after the episode in play. Idempotent.',
        params,
        answers: {
          200: { description: 'It is cancelled, or about to be.', schema: runShown },
          409: { description: 'It is done, or has failed.' },
        },
      },
      async ({ params: { id } }) => shown(await runs.cancel(id)),
    ),
    route(
      {
        ...{ method: 'GET', path: '/runs/:id/events', tag, guarded: false },
        summary: 'Server-sent events of one run: progress and end',
        description:
          '`progress`: {done, total, point?}, a training with a point of its curve. `end`: {state, result | error}; then the stream ' +
          'ends. Come again with Last-Event-ID to miss nothing; after the end the answer is 204, so that a browser stops asking.',
        params,
        answers: {
          200: { description: 'A stream that ends with the run.', contentType: 'text/event-stream' },
          204: { description: 'The run has ended, and its last event was seen.' },
        },
      },
      async ({ params: { id }, request, reply }) => {
        const run = await runs.get(id);
        const given = lastEventId(request.headers);
        const lastSeen = given !== null && EVENT_ID.test(given) ? given : null;
        if (hasEnded(run.state) && lastSeen !== null && (await runs.events(id, lastSeen)).length === 0) {
          return reply.status(204).send();
        }
        return parts.streams.open(reply, runFeed(id, { ...parts, lastSeen }));
      },
    ),
  ];
}

async function start(runs: RunService, asked: RunRequest): Promise<z.input<typeof accepted>> {
  const { id } = await runs.start(asked);
  return { runId: id, links: linksOf(id) };
}

function linksOf(id: string): z.input<typeof links> {
  return { self: `runs/${id}`, events: `runs/${id}/events`, cancel: `runs/${id}` };
}

function shown<Run extends RunRecord>(run: Run): Run & { links: z.input<typeof links> } {
  return { ...run, links: linksOf(run.id) };
}
