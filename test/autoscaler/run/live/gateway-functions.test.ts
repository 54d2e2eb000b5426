import { inspect } from 'node:util';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { GatewayFunctions } from '#autoscaler/run/live/gateway-functions.ts';
import { FarmhandError } from '#shared/errors.ts';
import { answerErrors } from '#shared/http-errors.ts';

const TOKEN = 'a-long-token';

async function start(): Promise<GatewayFunctions> {
  const app = Fastify();
  answerErrors(app);
  app.post('/function/fn/echo', (request) => ({ token: request.headers.authorization, body: request.body }));
  app.delete('/function/fn/echo', () => ({ deleted: true }));
  app.get('/function/fn/conflict', () => {
    throw new FarmhandError('CONFLICT', 'something else is at work');
  });
  app.get('/function/fn/plain', (_request, reply) => reply.status(502).send('no replica'));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  return new GatewayFunctions({ url: `${url}/`, token: TOKEN });
}

test('sends the token, and JSON even where there is nothing to say', async () => {
  const functions = await start();
  const echo = z.object({ token: z.string(), body: z.unknown() });
  const bearer = `Bearer ${TOKEN}`;
  expect(await functions.call('fn', '/echo', echo, { method: 'POST' })).toEqual({ token: bearer, body: {} });
  const body = { a: 1 };
  expect(await functions.call('fn', '/echo', echo, { method: 'POST', body })).toEqual({ token: bearer, body });
  expect(await functions.call('fn', '/echo', z.unknown(), { method: 'DELETE' })).toEqual({ deleted: true });
});

test.each([
  ['the function’s own error', '/conflict', 'CONFLICT', /^fn: something else is at work$/],
  ['an unknown route', '/nowhere', 'NOT_FOUND', /no such route/],
  ['a gateway’s words', '/plain', 'GATEWAY_REFUSED', /^fn: \/plain answered 502$/],
])('passes on %s', async (_what, path, code, message) => {
  const functions = await start();
  await expect(functions.call('fn', path, z.unknown())).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});

test('an answer of another shape, and no answer: neither shows the token', async () => {
  const functions = await start();
  await expect(functions.call('fn', '/echo', z.object({ no: z.string() }), { method: 'POST' })).rejects.toMatchObject({
    code: 'GATEWAY_REFUSED',
  });
  const nobody = new GatewayFunctions({ url: 'http://127.0.0.1:1', token: TOKEN });
  const thrown: unknown = await nobody.call('fn', '/x', z.unknown()).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
  expect(inspect(thrown, { depth: 10 })).not.toContain(TOKEN);
});
