import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { AsyncQueue } from '../../../local/gateway/proxy/async-queue.ts';
import { until } from '../../support/until.ts';
import { deployReady, testGateway } from './support/test-gateway.ts';

interface Callback {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that collects what is posted to it. */
async function receiver(): Promise<{ url: string; received: Callback[] }> {
  const received: Callback[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/done?x=1`, received };
}

test('an asynchronous invocation is accepted at once and its result posted to the callback', async () => {
  const gateway = await testGateway();
  const { url, received } = await receiver();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const headers = { 'x-callback-url': url, 'x-custom': 'mine' };
  const accepted = await gateway.call('/async-function/fn/some/path?q=1', { method: 'POST', body: 'hello', headers });
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get('x-call-id')).toMatch(/^[0-9a-f-]{36}$/);
  const { headers: seen, body } = await until('the callback came', () => received[0]);
  expect(seen).toMatchObject({
    'content-type': 'application/json',
    'x-call-id': accepted.headers.get('x-call-id'),
    'x-function-name': 'fn',
    'x-function-status': '200',
    'x-duration-seconds': expect.stringMatching(/^\d+\.\d+$/) as string,
  });
  expect(JSON.parse(body)).toMatchObject({
    method: 'POST',
    url: '/some/path?q=1',
    body: 'hello',
    headers: { 'x-custom': 'mine', 'x-call-id': accepted.headers.get('x-call-id') },
  });
  expect((JSON.parse(body) as { headers: object }).headers).not.toHaveProperty('x-callback-url');
});

test.each([
  { name: 'an error status', path: '/status?code=500', status: '500', body: 'as you wish' },
  { name: 'no answer', path: '/reset', status: '502', body: expect.stringContaining('did not answer') as string },
])('the callback tells $name', async ({ path, status, body }) => {
  const gateway = await testGateway();
  const { url, received } = await receiver();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const headers = { 'x-callback-url': url, 'x-call-id': 'mine' };
  const accepted = await gateway.call(`/async-function/fn${path}`, { method: 'POST', headers });
  expect(accepted.headers.get('x-call-id')).toBe('mine');
  const callback = await until('the callback came', () => received[0]);
  expect(callback).toMatchObject({ headers: { 'x-function-status': status, 'x-call-id': 'mine' }, body });
});

test('invocations of one function run one after another, in order', async () => {
  const gateway = await testGateway();
  const { url, received } = await receiver();
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 2 });
  const headers = { 'x-callback-url': url };
  const paths = ['/sleep?ms=150', '/pid', '/status?code=203'];
  for (const path of paths) await gateway.call(`/async-function/fn${path}`, { method: 'POST', headers });
  await until('all three are done', () => received.length === 3);
  expect(received.map(({ headers }) => headers['x-function-status'])).toEqual(['200', '200', '203']);
  expect(received[0]?.body).toBe('slept');
});

test.each([
  { name: 'an unknown function', path: 'nobody', init: {}, status: 404 },
  { name: 'another namespace', path: 'fn.dev', init: {}, status: 404 },
  { name: 'a callback that is no URL', path: 'fn', init: { headers: { 'x-callback-url': 'here' } }, status: 400 },
  {
    name: 'a callback of another scheme',
    path: 'fn',
    init: { headers: { 'x-callback-url': 'file:///etc/passwd' } },
    status: 400,
  },
  { name: 'a body over 256,000 bytes', path: 'fn', init: { body: 'x'.repeat(256_001) }, status: 413 },
  { name: 'a body of 256,000 bytes', path: 'fn', init: { body: 'x'.repeat(256_000) }, status: 202 },
  { name: 'another method', path: 'fn', init: { method: 'GET' }, status: 405 },
])('$name is $status', async ({ path, init, status }) => {
  const gateway = await testGateway({ concurrentStarts: 0 });
  await gateway.deploy({ service: 'fn', image: 'plain' });
  expect((await gateway.call(`/async-function/${path}`, { method: 'POST', ...init })).status).toBe(status);
});

test('the queue is bounded by jobs and by bytes, and says so', async () => {
  const queue = new AsyncQueue({ concurrency: 1, maxJobs: 2, maxBytes: 100, log: silentLogger });
  let finish = (): void => undefined;
  const blocking = async () => new Promise<void>((resolve) => (finish = resolve));
  const ran: string[] = [];
  const job = (name: string, bytes: number) => ({ fn: 'fn', bytes, run: async () => void ran.push(name) });
  expect(queue.offer({ fn: 'fn', bytes: 90, run: blocking })).toBe(true); // runs: it no longer waits
  expect(queue.offer(job('a', 60))).toBe(true);
  expect(queue.offer(job('over 100 bytes', 41))).toBe(false);
  expect(queue.offer(job('b', 40))).toBe(true);
  expect(queue.offer(job('third', 0))).toBe(false);
  finish();
  await until('those that waited ran', () => ran.length === 2);
  expect(ran).toEqual(['a', 'b']);
  expect(queue.offer(job('c', 100))).toBe(true);
});

test('a failing job does not stop the next; close drops what waits and awaits what runs', async () => {
  const queue = new AsyncQueue({ concurrency: 1, maxJobs: 9, maxBytes: 9, log: silentLogger });
  const ran: string[] = [];
  const job = (name: string) => ({ fn: 'fn', bytes: 0, run: async () => void ran.push(name) });
  queue.offer({ fn: 'fn', bytes: 0, run: async () => Promise.reject(new Error('no')) });
  queue.offer(job('after'));
  await until('the next one ran', () => ran.length === 1);
  let finish = (): void => undefined;
  queue.offer({ fn: 'fn', bytes: 0, run: async () => new Promise((resolve) => (finish = resolve)) });
  queue.offer(job('never'));
  const closed = queue.close();
  expect(queue.offer(job('late'))).toBe(false);
  finish();
  expect(await closed).toBe(1);
  expect(ran).toEqual(['after']);
});
