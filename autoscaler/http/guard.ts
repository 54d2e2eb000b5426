import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';

/** Of all clients together, since a client may say that it is another one. */
const inAll = { keyGenerator: () => 'all' };

/**
 * How often one client may look, and all together: far over what pages, the command line and scrapers do, and not so much
 * that the process had no time left for its control step. Changes are not among them: whoever looks must not be able to
 * keep the owner of the token from them.
 */
export const reading = { max: 2_000, timeWindow: 10 * SECOND, keyGenerator: clientOf };
export const readingInAll = { max: 4_000, timeWindow: 10 * SECOND, ...inAll };
export const changing = { max: 200, timeWindow: 10 * SECOND, keyGenerator: clientOf };

/** Wrong tokens. */
export const failing = { max: 20, timeWindow: 60 * SECOND, keyGenerator: clientOf };
export const failingInAll = { max: 200, timeWindow: 60 * SECOND, ...inAll };

/**
 * Who asks: the address that the nearest proxy put last into X-Forwarded-For. OpenFaaS' gateway writes it with a port, another
 * one for each connection, which is left out; and it lets one that a client wrote itself stand, which is why there are
 * limits for all together.
 */
export function clientOf(request: Pick<FastifyRequest, 'headers' | 'ip'>): string {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
  const nearest = forwarded.split(',').at(-1)?.trim() ?? '';
  if (nearest === '') return request.ip;
  const bare = /^\[?(.*?)\]?:\d+$/.exec(nearest)?.[1] ?? '';
  return isIP(nearest) === 0 && isIP(bare) !== 0 ? bare : nearest;
}

export function tooMany(reply: FastifyReply, { ttlInSeconds }: { ttlInSeconds: number }): FarmhandError {
  void reply.header('retry-after', String(ttlInSeconds));
  return new FarmhandError('TOO_MANY_REQUESTS', `too many requests; try again in ${ttlInSeconds} s`);
}

/**
 * Refuses what a page of another site makes a browser send. Browsers say so themselves (Fetch Metadata); older ones name the
 * page's origin. Programs that are no browsers send neither.
 * @throws FORBIDDEN
 */
export function refuseOtherSites(request: FastifyRequest): void {
  const { 'sec-fetch-site': site, origin, host, 'x-forwarded-host': forwardedHost } = request.headers;
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
  } else {
    if (origin === undefined) return;
    const asked = [forwardedHost ?? host ?? ''].flat().at(-1)?.split(',').at(-1)?.trim();
    if (URL.canParse(origin) && new URL(origin).host === asked) return;
  }
  throw new FarmhandError('FORBIDDEN', "a page of another site asked for a change; use the farm's own page");
}
