import { readdirSync } from 'node:fs';
import Fastify, { type FastifyInstance } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { loadPage } from '#autoscaler/http/page.ts';

const FOLDER = 'autoscaler/dashboard';
let app: FastifyInstance;

beforeAll(async () => {
  app = Fastify();
  (await loadPage({ fn: 'autoscaler-2' }))(app);
});

test.each([
  ['/', 'text/html; charset=utf-8'],
  ['/main.js', 'text/javascript; charset=utf-8'],
  ['/style/theme.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'image/svg+xml'],
  ['/vendor/uplot.js', 'text/javascript; charset=utf-8'],
  ['/vendor/uplot.css', 'text/css; charset=utf-8'],
])('GET %s', async (url, type) => {
  const { statusCode, headers } = await app.inject(url);
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toBe(type);
  expect(headers['content-security-policy']).toMatch(/^default-src 'self'/);
  expect(headers['content-security-policy']).not.toContain('unsafe');
  const again = await app.inject({ url, headers: { 'if-none-match': headers['etag'] as string } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test('keeps to its own policy: no inline script or style, no other host, no absolute path', async () => {
  const html = (await app.inject('/')).body;
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
  expect(addresses).toContain('main.js');
  for (const address of addresses) expect(address).toMatch(/^(?:[a-z]|#[a-z])/);
  for (const address of addresses) expect(address).not.toMatch(/^\w+:/);
});

test('finds its slash by the function’s name, with it and without', async () => {
  const [, address] = /<script src="([^"]*slash\.js)">/.exec((await app.inject('/')).body) ?? [];
  for (const page of ['http://gateway/function/autoscaler-2', 'http://gateway/prefix/function/autoscaler-2/']) {
    const asked = new URL(address!, page).pathname;
    // What a gateway passes on.
    const url = asked.replace(/^.*\/function\/autoscaler-2/, '');
    expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200]);
  }
});

const scripts = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));

test.each(scripts)('%s asks the page only for what it has', async (script) => {
  const html = (await app.inject('/')).body;
  const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
  const { body } = await app.inject(`/${script}`);
  for (const [, id] of body.matchAll(/byId\('([^']+)'\)/g)) expect(ids).toContain(id);
  for (const [, path] of body.matchAll(/from '(\.[^']+)'/g)) {
    const url = new URL(path!, `http://page/${script}`).pathname;
    expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200]);
  }
});
