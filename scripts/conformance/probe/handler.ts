import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { processEnvironment } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { StartFunction } from '#shared/farm-function.ts';
import { parseRequest } from '#shared/http-errors.ts';

const said = z.object({ text: z.string().max(1000) });
/** A secret's name: it cannot leave the folder. */
const named = z.object({ name: z.string().regex(/^[a-z0-9][-a-z0-9]*$/, 'expected a-z 0-9 -') });

/**
 * The function that the conformance suite deploys. It says what reached it, the value of a secret included: deploy it for the suite
 * only, which removes it when it is done.
 */
const start: StartFunction = async (host) => ({
  routes: (app) => {
    app.get('/redirect', async (_request, reply) => reply.redirect('/elsewhere', 302));
    app.get('/say', async (request) => {
      host.log.info({}, parseRequest(said, request.query).text);
      return 'said';
    });
    app.get('/secret', async (request, reply) => {
      const { name } = parseRequest(named, request.query);
      return reply.type('application/octet-stream').send(readSecret(name));
    });
    app.all('/*', (request) => ({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: request.body ?? null,
    }));
  },
  ready: () => true,
  stop: async () => undefined,
});
export default start;

function readSecret(name: string): Buffer {
  try {
    return readFileSync(join(processEnvironment()['FARM_SECRETS_DIR'] ?? '/var/openfaas/secrets', name));
  } catch (cause) {
    throw new FarmhandError('NOT_FOUND', `the function sees no secret ${name}`, { cause });
  }
}
