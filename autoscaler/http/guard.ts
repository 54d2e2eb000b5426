import type { RateLimitPluginOptions } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';

/**
 * How often one client may ask: far over what the page, the command line and a scraper do, far under what would keep the
 * process from its control step.
 */
export const reading: RateLimitPluginOptions = { max: 5_000, timeWindow: 10 * SECOND };
export const changing = { max: 200, timeWindow: 10 * SECOND };

/** Wrong tokens: of one client, and of all together, since a client may say that it is another one. */
export const failing = { max: 20, timeWindow: 60 * SECOND };
export const failingInAll = { max: 200, timeWindow: 60 * SECOND, keyGenerator: () => 'all' };

/**
 * Who asks: the address that the nearest proxy saw. What stands before it in X-Forwarded-For is hearsay.
 */
export function clientOf(request: FastifyRequest): string {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
  const nearest = forwarded.split(',').at(-1)?.trim() ?? '';
  return nearest === '' ? request.ip : nearest;
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
