import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { openApiDocument } from '../openapi/document.ts';
import { route, type HttpRoute, type RouteContract } from '../route.ts';

const tag = 'document';

/** Swagger UI's own files, as its package has them: nothing comes from elsewhere. */
const files = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

type AssetName = keyof typeof files;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Farmhand autoscaler: HTTP</title>
    <link rel="stylesheet" href="swagger-ui.css" />
    <link rel="icon" type="image/png" href="favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="start.js"></script>
  </body>
</html>
`;

/** No validator badge: it would ask a server elsewhere. */
const START = `SwaggerUIBundle({
  url: '../openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
`;

/** Swagger UI sets styles from script and has its icons as data; scripts come from files only. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const html = { description: 'The page.', contentType: 'text/html' };

/** What these routes are, for programs and for people. Read when they are asked for: nobody else pays for it. */
export function documentRoutes(described: readonly RouteContract[]): HttpRoute[] {
  const contracts: RouteContract[] = [...described];
  let document: Promise<object> | null = null;
  const routes = [
    route(
      {
        ...{ method: 'GET', path: '/openapi.json', tag, guarded: false },
        summary: 'This document: OpenAPI 3.1',
        answers: { 200: { description: 'Made of the schemas that read requests.', schema: z.looseObject({}) } },
      },
      () => (document ??= readVersion().then((version) => openApiDocument(contracts, { version }))),
    ),
    route(
      {
        ...{ method: 'GET', path: '/docs', tag, guarded: false },
        summary: 'To docs/',
        answers: { 302: { description: 'The same with a slash, from which the page finds its files.' } },
      },
      // Relative: a gateway is in front, under a path of its own.
      ({ reply }) => reply.redirect('docs/'),
    ),
    route(
      {
        ...{ method: 'GET', path: '/docs/', tag, guarded: false },
        summary: 'This document in Swagger UI',
        answers: { 200: html },
      },
      ({ reply }) => reply.headers(headers).type('text/html; charset=utf-8').send(PAGE),
    ),
    route(
      {
        ...{ method: 'GET', path: '/docs/:file', tag, guarded: false },
        summary: "Swagger UI's files",
        params: z.strictObject({ file: z.enum(['start.js', ...(Object.keys(files) as AssetName[])]) }),
        answers: { 200: { description: 'A file.', contentType: 'application/octet-stream' } },
      },
      async ({ params: { file }, reply }) => {
        void reply.headers({ ...headers, 'cache-control': 'public, max-age=3600' });
        if (file === 'start.js') return reply.type('text/javascript; charset=utf-8').send(START);
        return reply.type(files[file]).send(await readFile(join(assetsFolder(), file)));
      },
    ),
  ];
  contracts.push(...routes.map(({ contract }) => contract));
  return routes;
}

function assetsFolder(): string {
  return join(dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui'))), 'static');
}

const manifest = z.object({ version: z.string() });

/** package.json lies above this folder's own: in the project and in an image alike. */
async function readVersion(): Promise<string> {
  const file = join(import.meta.dirname, '..', '..', '..', 'package.json');
  return manifest.parse(JSON.parse(await readFile(file, 'utf8'))).version;
}
