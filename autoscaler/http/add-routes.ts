import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FarmhandError } from '#shared/errors.ts';
import { changing, clientOf, failing, failingInAll, reading, refuseOtherSites, tooMany } from './guard.ts';
import type { HttpRoute } from './route.ts';

/** Throws UNAUTHORISED at a request that may not change anything. */
export type Authorise = (request: FastifyRequest) => Promise<void>;

/**
 * Adds routes to a server. Before a body is read: how often the client asks; and for what changes something, whether the
 * browser comes from the farm's own page and the token is right.
 */
export function addRoutes(
  app: FastifyInstance,
  routes: readonly HttpRoute[],
  { authorise }: { authorise: Authorise },
): void {
  app.register(async (scope) => {
    await scope.register(rateLimit, {
      ...reading,
      keyGenerator: clientOf,
      errorResponseBuilder: (_request, { ttl }) =>
        new FarmhandError('TOO_MANY_REQUESTS', `too many requests; try again in ${Math.ceil(ttl / 1000)} s`),
    });
    const guard = makeGuard(scope, authorise);
    for (const each of routes) {
      if (each.contract.rawBody !== undefined) scope.register(async (own) => addRaw(own, each, guard));
      else add(scope, each, guard);
    }
  });
}

type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

function add(scope: FastifyInstance, { contract, handle }: HttpRoute, guard: Guard): void {
  const { method, path: url, guarded, rawBody } = contract;
  scope.route({
    ...{ method, url },
    handler: (request, reply) => handle(request, reply),
    ...(guarded ? { onRequest: guard } : {}),
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
  const ofClient = scope.createRateLimit(failing);
  const ofAll = scope.createRateLimit(failingInAll);
  const ofChanges = scope.createRateLimit(changing);
  const count = async (limit: typeof ofClient, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const counted = await limit(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(reply, counted);
  };
  return async (request, reply) => {
    refuseOtherSites(request);
    try {
      await authorise(request);
    } catch (thrown) {
      await count(ofClient, request, reply);
      await count(ofAll, request, reply);
      throw thrown;
    }
    await count(ofChanges, request, reply);
  };
}
