import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changing, failing, failingInAll, reading, readingInAll, refuseOtherSites, tooMany } from './guard.ts';
import { isEventStream, type HttpRoute } from './route.ts';

/** Throws UNAUTHORISED at a request that may not change anything. */
export type Authorise = (request: FastifyRequest) => Promise<void>;

/**
 * Adds routes to a server. Before a body is read: how often the client looks; for what changes something, whether the browser
 * comes from the farm's own page, the token is right, and how often the client changes something.
 */
export function addRoutes(
  app: FastifyInstance,
  routes: readonly HttpRoute[],
  { authorise }: { authorise: Authorise },
): void {
  app.register(async (scope) => {
    await scope.register(rateLimit, { global: false });
    const ofReader = limitBy(scope, reading);
    const ofReaders = limitBy(scope, readingInAll);
    const countReading: Guard = async (request, reply) => {
      await ofReader(request, reply);
      await ofReaders(request, reply);
    };
    const guardChange = makeGuard(scope, authorise);
    for (const each of routes) {
      const guard = each.contract.guarded ? guardChange : countReading;
      if (each.contract.rawBody !== undefined) scope.register(async (own) => addRaw(own, each, guard));
      else add(scope, each, guard);
    }
  });
}

type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

function add(scope: FastifyInstance, { contract, handle }: HttpRoute, guard: Guard): void {
  const { method, path: url, rawBody } = contract;
  scope.route({
    ...{ method, url },
    handler: (request, reply) => handle(request, reply),
    onRequest: guard,
    // The answer to a HEAD has no body: a stream would wait for its client for ever, and hold the place of one that reads.
    exposeHeadRoute: !isEventStream(contract),
    ...(rawBody === undefined ? {} : { bodyLimit: rawBody.mostBytes }),
  });
}

/** In a scope of its own: what bodies are taken for holds for all of a scope's routes. */
function addRaw(own: FastifyInstance, each: HttpRoute, guard: Guard): void {
  own.removeAllContentTypeParsers();
  own.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  add(own, each, guard);
}

/**
 * A right token always passes: locking its owner out is all that a limit on right ones would do. Wrong ones are answered
 * with 429 from some number on, so that guessing costs us less than it costs whoever guesses.
 */
function makeGuard(scope: FastifyInstance, authorise: Authorise): Guard {
  const ofClient = limitBy(scope, failing);
  const ofAll = limitBy(scope, failingInAll);
  const ofChanges = limitBy(scope, changing);
  return async (request, reply) => {
    refuseOtherSites(request);
    try {
      await authorise(request);
    } catch (thrown) {
      await ofClient(request, reply);
      await ofAll(request, reply);
      throw thrown;
    }
    await ofChanges(request, reply);
  };
}

/** Counts a request. @throws TOO_MANY_REQUESTS over the limit */
function limitBy(scope: FastifyInstance, limit: typeof reading): Guard {
  const count = scope.createRateLimit(limit);
  return async (request, reply) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(reply, counted);
  };
}
