import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { answerErrors } from '#shared/http-errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { requireToken } from '#shared/token.ts';
import { addCollectorRoutes } from '../../functions/collector/routes.ts';
import { addRunRoutes } from '../../functions/emitter/run-routes.ts';
import { RunStore } from '../../functions/emitter/run-store.ts';
import { addTaskRoutes } from '../../functions/emitter/task-routes.ts';
import { clock, openTestFarm } from '../support/farm.ts';

const TOKEN = 'a-long-token';

test('what changes something through the emitter or the collector wants the token, before it reads a body', async () => {
  const farm = await openTestFarm();
  onTestFinished(() => farm.close());
  const authorise = requireToken({ redisUrl: null, farmToken: TOKEN, gatewayUser: null, gatewayPassword: null });
  const app = Fastify();
  onTestFinished(() => app.close());
  answerErrors(app);
  const changing: { method: 'POST' | 'DELETE'; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET' || method === 'HEAD') return;
    changing.push({ method: z.enum(['POST', 'DELETE']).parse(method), url: url.replace(':id', 'x') });
  });
  const parts = { ...farm, clock, rng: new Sfc32(1), authorise };
  addRunRoutes(app, { ...parts, runs: new RunStore(farm), onStopped: async () => undefined });
  addTaskRoutes(app, parts);
  addCollectorRoutes(app, { ...parts, thumbnails: () => ({ written: 0, failed: 0 }) });
  await app.ready();

  expect(changing).toHaveLength(6);
  for (const route of changing) {
    for (const authorization of [undefined, '', 'Bearer ', 'Bearer guess', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const given = authorization === undefined ? {} : { authorization };
      const headers = { 'content-type': 'application/json', ...given };
      const reply = await app.inject({ ...route, headers, body: '{not' });
      expect([route.url, authorization, reply.statusCode]).toEqual([route.url, authorization, 401]);
      expect(reply.body).not.toContain(TOKEN);
    }
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
    expect([route.url, (await app.inject({ ...route, headers, body: '{not' })).statusCode]).toEqual([route.url, 400]);
  }
});
