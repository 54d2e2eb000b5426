import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

/** The page is a few files that are served as they are, and asks only the routes beside it. */
const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
] as const;

const headers = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** Reads the page's files; the result adds their routes. @throws when one is missing: the image is not whole. */
export async function loadPage(): Promise<(app: FastifyInstance) => void> {
  const folder = join(import.meta.dirname, '..', 'dashboard');
  const loaded = await Promise.all(
    files.map(async ({ path, file, type }) => ({ path, type, body: await readFile(join(folder, file), 'utf8') })),
  );
  return (app) => {
    for (const { path, type, body } of loaded) {
      app.get(path, (_request, reply) => reply.headers(headers).type(type).send(body));
    }
  };
}
