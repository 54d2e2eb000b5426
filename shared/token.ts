import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Secrets } from './config.ts';
import { FarmhandError } from './errors.ts';

/**
 * Functions behind an OpenFaaS gateway are public, so whatever changes anything asks for the farm's token:
 * `Authorization: Bearer <token>`. Use as a fastify onRequest hook, so that nobody else makes us read a body. Without a
 * configured token every such request is refused.
 */
export function requireToken(secrets: Secrets): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    if (secrets.farmToken === null) {
      throw new FarmhandError(
        'UNAUTHORISED',
        'this farm has no token configured (secret farm-token), so nothing can be changed through HTTP',
      );
    }
    const presented = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!sameSecret(presented, secrets.farmToken)) {
      throw new FarmhandError('UNAUTHORISED', "expected the farm's token: Authorization: Bearer <farm-token>");
    }
  };
}

/** Compares in constant time, whatever the lengths. */
export function sameSecret(presented: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected));
}
