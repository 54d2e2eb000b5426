import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { LogController } from 'fastify';
import { FarmhandError } from '#shared/errors.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { answerErrors, sendError, toHttpError } from '#shared/http-errors.ts';
import { fastifyLogger } from '#shared/http-log.ts';
import { entropySeed } from '#shared/rng.ts';

// An import of node:http reads all its exports, and one of them (WebSocket) loads an HTTP client that no function uses: 15 ms
// of every start and 3 MB of every process.
const { createServer } = process.getBuiltinModule('node:http');

/** Longer than the watchdog and the gateway keep an idle connection, so that it is never ours to close under a request. */
const KEEP_ALIVE_MS = 75_000;

/** What surrounds a payload in a request: id, kind, deadline, brackets. */
const ENVELOPE_BYTES = 16 * 1024;

/** Of an id in an address, characters: a task's may have 128, and a model is named with its version. */
const LONGEST_ID = 200;

/** Call ids come from the gateway or a client and go into log lines, so they are short and plain or ours. */
const CALL_ID = /^[\w.:-]{1,128}$/;

export interface FunctionServer {
  /** Binds the port. From now on /_/health and /_/ready answer; every other path is NOT_READY until `serve`. */
  listen(address: { host: string; port: number }): Promise<number>;
  /** Adds the function's routes and /metrics. Call once. */
  serve(fn: FarmFunction): Promise<void>;
  /** Accepts no more requests, answers those in hand, and drops what is still open after `graceMs`. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/**
 * The HTTP side of a function. The port opens before the function has started, because a function that waits for Redis
 * must be alive to its prober and able to say why it is not ready; fastify takes no route once it listens, so the server
 * is ours and hands over to fastify when the routes are there.
 * @param whyNotReady null when the function can take work, a sentence otherwise.
 */
export function createFunctionServer(host: Host, whyNotReady: () => string | null): FunctionServer {
  let route: RequestListener = (_request, response) => {
    const { status, body } = toHttpError(new FarmhandError('NOT_READY', whyNotReady() ?? 'starting'));
    sendJson(response, status, body);
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/_/health') sendJson(response, 200, { alive: true });
    else if (path === '/_/ready') sendReadiness(response, whyNotReady());
    else route(request, response);
  });
  const app = Fastify({
    serverFactory: () => server,
    loggerInstance: fastifyLogger(host.log),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'callId' }),
    genReqId: callId,
    routerOptions: { maxParamLength: LONGEST_ID },
    bodyLimit: host.config.queue.maxPayloadBytes + ENVELOPE_BYTES,
    frameworkErrors: sendError,
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
  });

  return {
    async listen(address) {
      server.listen(address.port, address.host);
      try {
        await once(server, 'listening');
      } catch (cause) {
        throw cannotListen(address, cause as NodeJS.ErrnoException);
      }
      return (server.address() as AddressInfo).port;
    },
    async serve(fn) {
      answerErrors(app);
      app.addHook('onRequest', async (request, reply) => {
        void reply.headers({ 'x-call-id': request.id, 'x-content-type-options': 'nosniff' });
      });
      app.get('/metrics', async (_request, reply) => {
        return reply.type(host.metrics.contentType).send(await host.metrics.metrics());
      });
      fn.routes?.(app);
      await app.ready();
      route = (request, response) => app.routing(request, response);
    },
    async close(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      const deadline = new AbortController();
      await Promise.race([Promise.all([app.close(), closed]), host.clock.sleep(graceMs, deadline.signal)]);
      deadline.abort();
      server.closeAllConnections();
    },
  };
}

/**
 * Routes read their requests with zod (parseRequest). Fastify would load its own validator and serialiser whether a route
 * needs them or not: 30 ms of every start and 3 MB of every process.
 */
function refuseSchema(): never {
  throw new FarmhandError('INTERNAL', 'a route declares a schema; read its request with parseRequest instead');
}

function callId(request: IncomingMessage): string {
  const given = request.headers['x-call-id'];
  return typeof given === 'string' && CALL_ID.test(given) ? given : entropySeed();
}

function sendReadiness(response: ServerResponse, why: string | null): void {
  if (why === null) sendJson(response, 200, { ready: true });
  else sendJson(response, 503, { ready: false, why });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function cannotListen(address: { host: string; port: number }, cause: NodeJS.ErrnoException): FarmhandError {
  const { host, port } = address;
  if (cause.code === 'EADDRINUSE') {
    const message = `port ${port} of ${host} is taken; set PORT to another, or to 0 for any free one`;
    return new FarmhandError('PORT_IN_USE', message, { cause });
  }
  return new FarmhandError('START_FAILED', `cannot listen on ${host}:${port}: ${cause.message}`, { cause });
}
