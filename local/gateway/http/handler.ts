import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { AsyncInvoker } from '../proxy/async-invoker.ts';
import type { Invoker } from '../proxy/invoker.ts';
import { statusOf } from '../proxy/no-answer.ts';
import type { Authenticate } from './basic-auth.ts';
import type { Answer, Router } from './router.ts';

export interface HandlerOptions {
  readonly router: Router;
  readonly authenticate: Authenticate;
  readonly invoker: Invoker;
  readonly asyncInvoker: AsyncInvoker;
  readonly log: Logger;
  /** Aborted when the gateway stops: what begins now is refused. */
  readonly stopping: AbortSignal;
}

/** The gateway's request listener: invocations first, being the hot path, then authentication and routes. */
export function createHandler(options: HandlerOptions): RequestListener {
  return (request, response) => {
    void answer(options, request, response)
      .catch((thrown: unknown) => answerError(options.log, response, thrown))
      // Bytes of a body that nobody read would stop the connection's next request, also where all of them have come.
      .then(() => {
        request.resume();
      });
  };
}

/** A request listener for routes alone. */
export function createRouteHandler(router: Router, log: Logger): RequestListener {
  return (request, response) => {
    void answerRoute(router, request, response).catch((thrown: unknown) => answerError(log, response, thrown));
  };
}

async function answer(options: HandlerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  if (options.stopping.aborted) {
    response.setHeader('Connection', 'close');
    throw new FarmhandError('NOT_READY', 'the gateway is stopping');
  }
  if (url.startsWith('/function/')) {
    await options.invoker.answer(request, response);
  } else if (url.startsWith('/async-function/')) {
    if (request.method === 'POST') send(response, await options.asyncInvoker.accept({ request, response }));
    else sendWrongMethod(response, 'POST');
  } else if (isRestricted(url) && !options.authenticate(request.headers.authorization)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="Restricted"');
    send(response, { status: 401, text: 'invalid credentials' });
  } else {
    await answerRoute(options.router, request, response);
  }
}

/** /system and /ui, with whatever follows. */
function isRestricted(url: string): boolean {
  return /^\/(system|ui)(\/|\?|$)/.test(url);
}

async function answerRoute(router: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const match = router.match(request.method ?? 'GET', path);
  if (match.kind === 'none') {
    send(response, { status: 404, text: `${path}: no such route` });
  } else if (match.kind === 'wrong-method') {
    sendWrongMethod(response, match.allowed);
  } else {
    const call = { request, response, name: match.name, query: new URLSearchParams(query) };
    send(response, await match.route.handle(call));
  }
}

function sendWrongMethod(response: ServerResponse, allowed: string): void {
  response.setHeader('Allow', allowed);
  send(response, { status: 405, text: `expected ${allowed}` });
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'answered') return;
  const { status, text, json, contentType } = answer;
  if (json !== undefined) response.setHeader('Content-Type', contentType ?? 'application/json');
  else if (text !== undefined) response.setHeader('Content-Type', contentType ?? 'text/plain; charset=utf-8');
  response.writeHead(status).end(json === undefined ? text : JSON.stringify(json));
}

/** Plain text, as OpenFaaS answers; a defect says nothing of its inside. */
function answerError(log: Logger, response: ServerResponse, thrown: unknown): void {
  if (response.destroyed) return; // the client went away
  if (response.headersSent) {
    response.destroy(); // the only way to say that an answer is incomplete
    return;
  }
  const status = statusOf(thrown);
  const error = coerceError(thrown);
  if (status !== null) {
    if (status >= 500) log.warn({ status, error: error.message }, 'a request could not be served');
    send(response, { status, text: error.message });
    return;
  }
  log.error({ error }, 'a request met a defect');
  send(response, { status: 500, text: 'a defect in Farmhand; the log of the gateway has it' });
}
