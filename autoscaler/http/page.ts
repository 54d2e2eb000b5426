import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';

/** The page's files are served as they are, from the folder below and from the chart's npm package. */
const FOLDER = join(import.meta.dirname, '..', 'dashboard');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const headers = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Kept by the browser and asked about each time: a new version shows at once, an old one costs no bytes.
  'cache-control': 'no-cache',
};

interface PageFile {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  readonly etag: string;
}

function withTag(file: Omit<PageFile, 'etag'>): PageFile {
  return { ...file, etag: `"${createHash('sha256').update(file.body).digest('base64url')}"` };
}

/** The script that finds the slash at the end of the page's address. */
const SLASH = 'slash.js';

/**
 * Reads the page's files; the result adds their routes. `fn`: the function's name as deployed, the last part of the page's address.
 * @throws when a file is missing: the image is not whole
 */
export async function loadPage({ fn }: { fn: string }): Promise<(app: FastifyInstance) => void> {
  const read = await Promise.all([...(await ownFiles()), ...vendorFiles()].map(readPageFile));
  const files = read.flatMap((file) => {
    if (file.path === `/${SLASH}`) return [file, { ...file, path: `/${fn}/${SLASH}` }];
    if (file.path !== '/') return [file];
    return [withTag({ ...file, body: file.body.replace(`"autoscaler/${SLASH}"`, `"${fn}/${SLASH}"`) })];
  });
  return (app) => {
    for (const { path, type, body, etag } of files) {
      app.get(path, (request, reply) => {
        void reply.headers({ ...headers, etag });
        return request.headers['if-none-match'] === etag ? reply.status(304).send() : reply.type(type).send(body);
      });
    }
  };
}

interface Source {
  /** Below the function's address; '' is the page itself. */
  readonly path: string;
  readonly file: string;
}

async function ownFiles(): Promise<Source[]> {
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(FOLDER.length + 1).replaceAll('\\', '/');
      return { path: path === 'index.html' ? '' : path, file };
    });
}

function vendorFiles(): Source[] {
  return [
    { path: 'vendor/uplot.js', file: fileURLToPath(import.meta.resolve('uplot/dist/uPlot.iife.min.js')) },
    { path: 'vendor/uplot.css', file: fileURLToPath(import.meta.resolve('uplot/dist/uPlot.min.css')) },
  ];
}

async function readPageFile({ path, file }: Source): Promise<PageFile> {
  const type = types[extname(file)];
  if (type === undefined) throw new Error(`${file}: a page has files that end in ${Object.keys(types).join(', ')}`);
  const body = await readFile(file, 'utf8');
  return withTag({ path: `/${path}`, type, body });
}
