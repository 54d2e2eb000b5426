import { get, request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { request as sendRequest } from 'undici';
import { expect, test } from 'vitest';
import { SystemClock, type Clock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { until } from '../../support/until.ts';
import { authorization, deployReady, testGateway, type TestGateway } from './support/test-gateway.ts';

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
  readonly bytes: number;
}

async function plain(options: Parameters<typeof testGateway>[0] = {}, replicas = 1): Promise<TestGateway> {
  const gateway = await testGateway(options);
  await deployReady(gateway, { service: 'echo', image: 'ghcr.io/team/plain:1.0', replicas });
  return gateway;
}

test('an invocation reaches the function with its method, path, query, body and end-to-end headers', async () => {
  const gateway = await plain();
  const response = await gateway.call('/function/echo/a%2Fb/c?x=1&y=%20', {
    method: 'PATCH',
    body: { greeting: 'hello' },
    headers: { 'x-custom': 'mine', 'x-forwarded-for': '10.0.0.9' },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-custom')).toBe('kept');
  expect(await response.json()).toMatchObject({
    method: 'PATCH',
    url: '/a%2Fb/c?x=1&y=%20',
    body: '{"greeting":"hello"}',
    headers: {
      'x-custom': 'mine',
      'x-forwarded-for': '10.0.0.9, 127.0.0.1',
      'x-forwarded-host': `127.0.0.1:${gateway.port}`,
      'x-forwarded-proto': 'http',
      'x-call-id': response.headers.get('x-call-id'),
      'x-start-time': response.headers.get('x-start-time'),
    },
  });
});

test.each([
  { name: 'a browser is sent to the slash', url: '/function/echo', accept: 'text/html,*/*;q=0.8', to: 'echo/' },
  { name: 'with its query', url: '/function/echo?x=1', accept: 'text/html', to: 'echo/?x=1' },
  { name: 'with the namespace', url: '/function/echo.openfaas-fn', accept: 'text/html', to: 'echo.openfaas-fn/' },
  { name: 'not when the slash is there', url: '/function/echo/', accept: 'text/html', to: null },
  { name: 'not further down', url: '/function/echo/a', accept: 'text/html', to: null },
  { name: 'a program is not', url: '/function/echo', accept: '*/*', to: null },
])('the page of a function: $name', async ({ url, accept, to }) => {
  const gateway = await plain();
  const response = await fetch(`${gateway.url}${url}`, { headers: { accept }, redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual(to === null ? [200, null] : [302, to]);
});

test('call id, start time and server are stamped; a given call id is kept and not echoed', async () => {
  const gateway = await plain();
  const made = await gateway.call('/function/echo');
  expect(made.headers.get('x-call-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(made.headers.get('x-start-time')).toMatch(/^\d{19}$/);
  expect(made.headers.get('x-served-by')).toBe('farmhand-local/1.2.3');
  const given = await gateway.call('/function/echo', { headers: { 'x-call-id': 'mine-1' } });
  expect(given.headers.get('x-call-id')).toBeNull();
  expect(((await given.json()) as Echo).headers['x-call-id']).toBe('mine-1');
});

test('hop-by-hop headers, and those that Connection names, end at the gateway in both directions', async () => {
  const gateway = await plain();
  const hopByHop = { te: 'trailers', 'proxy-authorization': 'x', 'keep-alive': 'timeout=5', 'x-mine': '1' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { ...hopByHop, connection: 'close, X-Mine', 'x-kept': '1' };
    get(`${gateway.url}/function/echo`, { headers }, resolve).on('error', reject);
  });
  const { headers } = (await json(response)) as Echo;
  expect(headers['x-kept']).toBe('1');
  expect(Object.keys(headers).filter((name) => name in hopByHop)).toEqual([]);
  expect(headers['connection']).toBe('keep-alive');
  expect(response.headers['keep-alive']).toBeUndefined();
});

test.each([
  { name: 'a redirect is passed on, not followed', path: '/redirect', status: 302, header: ['location', '/elsewhere'] },
  { name: 'every status is passed on', path: '/status?code=418', status: 418, header: ['set-cookie', 'a=1, b=2'] },
  { name: 'also 204, without a body', path: '/status?code=204', status: 204, header: ['content-length', null] },
] as const)('$name', async ({ path, status, header: [name, value] }) => {
  const gateway = await plain();
  const response = await gateway.call(`/function/echo${path}`);
  expect(response.status).toBe(status);
  expect(response.headers.get(name)).toBe(value);
});

test.each([
  { name: 'an unknown function', path: '/function/nobody', status: 404 },
  { name: 'no name', path: '/function/', status: 404 },
  { name: 'a name that is none', path: '/function/..%2Fsystem', status: 404 },
  { name: 'another namespace', path: '/function/echo.elsewhere/x', status: 404 },
  { name: 'the function namespace', path: '/function/echo.openfaas-fn/x', status: 200 },
  { name: 'a connection that the function drops', path: '/function/echo/reset', status: 502 },
  { name: 'a function that never answers', path: '/function/echo/sleep?ms=60000', status: 502 },
])('$name is answered $status', async ({ path, status }) => {
  const gateway = await plain({ upstreamTimeoutMs: 300 });
  expect((await gateway.call(path)).status).toBe(status);
});

test('a POST without a body is passed on as one', async () => {
  const gateway = await plain();
  const seen = (await (await gateway.call('/function/echo', { method: 'POST' })).json()) as Echo;
  expect(seen).toMatchObject({ method: 'POST', bytes: 0, headers: { 'content-length': '0' } });
});

test('a client that waits for 100 Continue gets it, and the function does not hear of it', async () => {
  const gateway = await plain();
  const seen = await new Promise<Echo>((resolve, reject) => {
    const headers = { expect: '100-continue', 'content-length': '5' };
    const upload = request(`${gateway.url}/function/echo`, { method: 'PUT', headers }, (response) => {
      json(response).then((body) => resolve(body as Echo), reject);
    });
    upload.on('continue', () => upload.end('hello')).on('error', reject);
    upload.flushHeaders();
  });
  expect(seen).toMatchObject({ method: 'PUT', body: 'hello' });
  expect(seen.headers).not.toHaveProperty('expect');
});

test.each(['/function/echo', '/async-function/echo', '/system/functions'])(
  'a client that goes away in the middle of its body is no defect: %s',
  async (path) => {
    const errors: string[] = [];
    const log = { ...silentLogger, error: (_fields: unknown, message: string) => void errors.push(message) };
    const gateway = await plain({ log });
    const headers = { 'content-length': '1000', authorization };
    const upload = request(gateway.url + path, { method: 'POST', headers });
    const ended = new Promise((resolve) => upload.once('error', resolve));
    upload.write('half of it', () => upload.destroy(new Error('gone')));
    await ended;
    expect(await gateway.get('/healthz')).toBe('OK');
    await gateway.stop();
    expect(errors).toEqual([]);
  },
);

test('an answer that breaks off breaks off for the caller too', async () => {
  const gateway = await plain();
  const response = await gateway.call('/function/echo/half');
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test('large bodies stream through unchanged in both directions', async () => {
  const gateway = await plain();
  const size = 20 * 1024 * 1024;
  const up = await gateway.call('/function/echo', { method: 'POST', body: 'x'.repeat(size) });
  expect(((await up.json()) as Echo).bytes).toBe(size);
  expect((await gateway.get(`/function/echo/large?bytes=${size}`)).length).toBe(size);
});

test('an answer arrives piece by piece, before it is complete', async () => {
  const gateway = await plain();
  const stream = await gateway.call('/function/echo/events', { headers: { accept: 'text/event-stream' } });
  const reader = stream.body!.getReader();
  expect(Buffer.from((await reader.read()).value).toString()).toBe('data: hello\n\n');
  await reader.cancel();
});

test.each([
  { name: 'by its length', headers: {} },
  { name: 'as it comes, without a length', headers: { chunked: 'yes' } },
])('a body over the limit is 413, noticed $name, and the connection goes on', async ({ headers }) => {
  const gateway = await plain({ maxBodyBytes: 1000 });
  const body = 'chunked' in headers ? Readable.from(pieces(3, 600)) : Buffer.alloc(1001);
  const refused = await sendRequest(`${gateway.url}/function/echo`, { method: 'POST', body });
  expect(refused.statusCode).toBe(413);
  expect(await refused.body.text()).toBe('the request body is over 1000 bytes');
  const accepted = await gateway.call('/function/echo', { method: 'POST', body: 'x'.repeat(1000) });
  expect(((await accepted.json()) as Echo).bytes).toBe(1000);
});

async function* pieces(count: number, bytes: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i += 1) yield Buffer.alloc(bytes, 'x');
}

test('invocations go to the replica with the least in flight, and round when all are idle', async () => {
  const gateway = await plain({}, 3);
  const idle = [];
  for (let i = 0; i < 6; i += 1) idle.push(await gateway.get('/function/echo/pid'));
  expect(new Set(idle.slice(0, 3)).size).toBe(3);
  expect(idle.slice(3)).toEqual(idle.slice(0, 3));
  const slow = [gateway.get('/function/echo/sleep?ms=400'), gateway.get('/function/echo/sleep?ms=400')];
  const third = await until('two replicas are busy', async () => {
    const pids = [await gateway.get('/function/echo/pid'), await gateway.get('/function/echo/pid')];
    return pids[0] === pids[1] ? pids[0] : null;
  });
  expect(idle).toContain(third);
  await Promise.all(slow);
});

test('a refused connection is tried once more on another replica, which the caller does not notice', async () => {
  const gateway = await plain({}, 2);
  expect(await gateway.get('/function/echo/deaf')).toBe('what?');
  const bodies = [];
  for (let i = 0; i < 6; i += 1) {
    const response = await gateway.call('/function/echo', { method: 'POST', body: `number ${i}` });
    bodies.push(((await response.json()) as Echo).body);
  }
  expect(bodies).toEqual([0, 1, 2, 3, 4, 5].map((i) => `number ${i}`));
  expect(gateway.functions()[0]?.availableReplicas).toBe(1);
});

test('a function whose only replica has taken itself out is 503, until it is back', async () => {
  // Looks at readiness every 50 ms instead of every 15 s.
  const clock = new SystemClock();
  const sleep: Clock['sleep'] = async (ms, signal) => clock.sleep(ms === 15_000 ? 50 : ms, signal);
  const hasty = { monotonic: () => clock.monotonic(), farmTime: () => clock.farmTime(), sleep };
  const gateway = await plain({ clock: hasty });
  await gateway.call('/function/echo/unready?ms=1000');
  await until('the gateway has noticed', () => gateway.functions()[0]?.availableReplicas === undefined);
  expect((await gateway.call('/function/echo')).status).toBe(503);
  await until('the gateway has noticed again', () => gateway.functions()[0]?.availableReplicas === 1);
  expect((await gateway.call('/function/echo')).status).toBe(200);
});

test('a caller that goes away ends its invocation', async () => {
  const gateway = await plain();
  const leaving = new AbortController();
  const call = sendRequest(`${gateway.url}/function/echo/sleep?ms=30000`, { signal: leaving.signal }).catch(
    () => 'left',
  );
  await until('it is in flight', async () => (await gateway.get('/metrics')).includes('invocation_started{'));
  leaving.abort();
  expect(await call).toBe('left');
  await until('it is counted as ended', async () =>
    (await gateway.get('/metrics')).includes(
      'gateway_function_invocation_total{function_name="echo.openfaas-fn",code="499"} 1',
    ),
  );
});
