import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SECOND } from '#shared/clock.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { parseRequest } from '#shared/http-errors.ts';

/** The longest that /slow waits: well under the watchdog's and the gateway's timeouts. */
const MAX_SLOW_MS = 10 * SECOND;

/** What a proxy adds or a caller may want to see arrive; cookies and tokens are not echoed. */
const SHOWN_HEADERS = ['accept', 'content-type', 'user-agent', 'x-call-id', 'x-forwarded-for', 'x-start-time'];

const slowQuery = z.strictObject({
  ms: z.coerce
    .number(`expected milliseconds from 0 to ${MAX_SLOW_MS}`)
    .min(0, `expected milliseconds from 0 to ${MAX_SLOW_MS}`)
    .max(MAX_SLOW_MS, `expected milliseconds from 0 to ${MAX_SLOW_MS}`)
    .default(SECOND),
});

/** Answers with what it was asked: for a first look at the gateway, and to measure what the gateway adds. */
export default async function start(host: Host): Promise<FarmFunction> {
  const stopping = new AbortController();
  return {
    routes: (app) => addRoutes(app, host, stopping.signal),
    ready: () => !stopping.signal.aborted,
    async stop() {
      stopping.abort();
    },
  };
}

function addRoutes(app: FastifyInstance, host: Host, stopping: AbortSignal): void {
  app.get('/slow', async (request) => {
    const { ms } = parseRequest(slowQuery, request.query);
    const startMs = host.clock.monotonic();
    await host.clock.sleep(ms, stopping);
    return { fn: host.fn, instance: host.instance, waitedMs: Math.round(host.clock.monotonic() - startMs) };
  });

  app.all('/*', (request) => ({
    fn: host.fn,
    instance: host.instance,
    method: request.method,
    path: request.url.split('?', 1)[0],
    query: request.query,
    headers: shownHeaders(request.headers),
    body: request.body ?? null,
  }));
}

function shownHeaders(headers: FastifyRequest['headers']): Record<string, string | string[]> {
  const shown: Record<string, string | string[]> = {};
  for (const name of SHOWN_HEADERS) {
    const value = headers[name];
    if (value !== undefined) shown[name] = value;
  }
  return shown;
}
