import { z } from 'zod';
import { controlSettings, type FarmConfig } from '#shared/config-schema.ts';
import { parseRequest } from '#shared/http-errors.ts';
import { closedObject, someKeysOf } from '#shared/parse.ts';
import { yesOrNo } from '#shared/quantity.ts';
import type { Autoscaler } from '../../loop/autoscaler.ts';
import { route, type HttpRoute } from '../route.ts';
import { episodeShown, stateShown } from '../shown.ts';

export interface EpisodeParts {
  readonly autoscaler: Autoscaler;
  /** farm.yml's section: what a request for an episode leaves out. */
  readonly control: FarmConfig['control'];
}

const controlRequest = someKeysOf(controlSettings);

const pauseRequest = closedObject({
  lasting: yesOrNo
    .default(true)
    .describe(
      'false: until resume or the end of this process: for a program that scales for a while and might not come to resume.',
    ),
});

const tag = 'control';

/** Who decides, how fast, and whether at all. */
export function episodeRoutes({ autoscaler, control }: EpisodeParts): HttpRoute[] {
  return [
    route(
      {
        ...{ method: 'GET', path: '/episodes/current', tag, guarded: false },
        summary: 'The running episode: its policy, settings and counts',
        answers: { 200: { description: 'There always is one.', schema: episodeShown } },
      },
      () => autoscaler.episode,
    ),
    route(
      {
        ...{ method: 'POST', path: '/episodes', tag, guarded: true },
        summary: 'Begin a fresh episode: workers go to `initialWorkers`, counters to zero',
        description: "Settings are those of farm.yml's section `control`; what is left out is as farm.yml says.",
        body: controlRequest,
        answers: {
          201: {
            description: 'It runs.',
            schema: z.strictObject({
              ...episodeShown.shape,
              prepared: z.strictObject({ requested: z.int(), granted: z.int(), ready: z.int() }),
            }),
          },
          409: { description: 'Another one is being prepared, or this autoscaler does not lead.' },
        },
      },
      async ({ body, reply }) => {
        const settings = parseRequest(controlSettings, { ...control, ...body });
        const { granted, ready } = await autoscaler.startEpisode(settings);
        const prepared = { requested: settings.initialWorkers, granted, ready };
        return reply.status(201).send({ ...autoscaler.episode, prepared });
      },
    ),
    route(
      {
        ...{ method: 'POST', path: '/pause', tag, guarded: true },
        summary: 'From now on decide nothing and change nothing',
        description: 'As an order: an autoscaler that comes after this one stands still as well.',
        body: pauseRequest,
        answers: {
          200: { description: 'Nothing is being changed any more.', schema: stateShown },
          409: { description: 'An episode is being prepared, or this autoscaler does not lead.' },
        },
      },
      async ({ body: { lasting } }) => {
        await autoscaler.pause({ lasting });
        return { state: autoscaler.state };
      },
    ),
    route(
      {
        ...{ method: 'POST', path: '/resume', tag, guarded: true },
        summary: 'Decide again',
        answers: {
          200: { description: 'It does.', schema: stateShown },
          409: { description: 'An episode is being prepared, or this autoscaler does not lead.' },
        },
      },
      async () => {
        await autoscaler.resume();
        return { state: autoscaler.state };
      },
    ),
  ];
}
