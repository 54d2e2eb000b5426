import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientOf } from '#autoscaler/http/guard.ts';
import { isEventStream } from '#autoscaler/http/route.ts';
import { MODEL_FILE_MOST_BYTES } from '#autoscaler/model-store/caps.ts';
import { authorised, startTestHttp, TOKEN } from '../support/http.ts';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { error: { code: string; message: string } };
}

async function ask(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Reply['body'] };
}

const post = (url: string, body: unknown, headers: Record<string, string> = authorised): Promise<Reply> =>
  ask(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });

describe('the token', () => {
  test('every route that changes something refuses without it, before it reads the body', async () => {
    const { http, url } = await startTestHttp();
    const changing = http.routes.filter(({ contract }) => contract.method !== 'GET');
    expect(changing.length).toBeGreaterThan(10);
    for (const { contract } of changing) {
      const { method, path } = contract;
      const reply = await ask(`${url}${path.replace(':id', 'x')}`, {
        method,
        body: method === 'DELETE' ? null : '{not',
      });
      expect([path, reply.status, reply.body.error.code]).toEqual([path, 401, 'UNAUTHORISED']);
      expect(JSON.stringify(reply.body)).not.toContain(TOKEN);
    }
  });

  test('every route that reads is free', async () => {
    const { http } = await startTestHttp();
    for (const { contract } of http.routes) expect(contract.guarded).toBe(contract.method !== 'GET');
  });

  test('after some wrong ones the answer is 429 with Retry-After, and the right one still passes', async () => {
    const { url } = await startTestHttp();
    const guess = (): Promise<Reply> => post(`${url}/pause`, {}, { authorization: 'Bearer guess' });
    const statuses = new Set<number>();
    for (let i = 0; i < 20; i += 1) statuses.add((await guess()).status);
    expect([...statuses]).toEqual([401]);
    const refused = await guess();
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'TOO_MANY_REQUESTS' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await post(`${url}/pause`, {}, { authorization: 'Bearer guess', 'x-forwarded-for': '10.0.0.9' });
    expect(other.status).toBe(401);
    expect((await post(`${url}/resume`, {})).status).toBe(200);
  });

  test('changes by right tokens are limited as well', async () => {
    const { url } = await startTestHttp();
    const statuses: number[] = [];
    for (let i = 0; i < 201; i += 1) statuses.push((await post(`${url}/resume`, {})).status);
    expect(statuses.slice(0, 200).every((status) => status === 200)).toBe(true);
    const refused = await post(`${url}/pause`, {});
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('looking', () => {
  test('is limited for a client and for all, and keeps nobody with the token from a change', async () => {
    const { app } = await startTestHttp();
    // The limits' windows are of the wall clock: no pause of this process ends one.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const look = async (from: string): Promise<number> =>
      (await app.inject({ url: '/health', headers: { 'x-forwarded-for': from } })).statusCode;
    const lookOften = (from: string, times: number): Promise<number[]> =>
      Promise.all(Array.from({ length: times }, () => look(from)));
    const change = async (from: string): Promise<number> => {
      const headers = { ...authorised, 'x-forwarded-for': from };
      return (await app.inject({ method: 'POST', url: '/resume', headers })).statusCode;
    };
    expect(new Set(await lookOften('10.0.0.1', 2_000))).toEqual(new Set([200]));
    // As OpenFaaS' gateway says it: with the port of the connection.
    for (const same of ['10.0.0.1', '10.0.0.1:40123', '8.8.8.8, 10.0.0.1']) expect(await look(same)).toBe(429);
    expect([await look('10.0.0.2'), await change('10.0.0.1')]).toEqual([200, 200]);
    // Who says to be another one each time.
    const others = await Promise.all(Array.from({ length: 1_999 }, (_, i) => look(`10.1.${i >> 8}.${i & 255}`)));
    expect(new Set(others)).toEqual(new Set([200]));
    expect([await look('10.0.0.3'), await change('10.0.0.3')]).toEqual([429, 200]);
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:52000', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]:52000', '2001:db8::7'],
    ['spoofed, 192.0.2.7', '192.0.2.7'],
    ['a proxy’s word:1', 'a proxy’s word:1'],
    ['', '127.0.0.1'],
  ])('X-Forwarded-For "%s" is of the client %s', (forwarded, client) => {
    expect(clientOf({ headers: { 'x-forwarded-for': forwarded }, ip: '127.0.0.1' })).toBe(client);
  });
});

describe('a stream', () => {
  test('is not opened by HEAD, whose client would hold its place and read nothing', async () => {
    const { app, http } = await startTestHttp();
    const streams = http.routes.filter(({ contract }) => isEventStream(contract));
    expect(streams).toHaveLength(2);
    for (const { contract } of streams) {
      const reply = await app.inject({ method: 'HEAD', url: contract.path.replace(':id', 'x') });
      expect([contract.path, reply.statusCode]).toEqual([contract.path, 404]);
    }
    expect((await app.inject({ method: 'HEAD', url: '/status' })).statusCode).toBe(200);
  });
});

describe('another site', () => {
  test.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['an older browser on another site', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['the farm’s own page', { 'sec-fetch-site': 'same-origin' }, 200],
    [
      'an older browser on the farm’s own page',
      { origin: 'http://farm.example', 'x-forwarded-host': 'farm.example' },
      200,
    ],
    ['a program', {}, 200],
  ])('%s', async (_who, headers, status) => {
    // Not by fetch, which does not let these headers be set.
    const { app } = await startTestHttp();
    const reply = await app.inject({ method: 'POST', url: '/resume', headers: { ...authorised, ...headers } });
    expect(reply.statusCode).toBe(status);
  });
});

describe('bodies', () => {
  test.each([
    ['an unknown agent', '/train', { agent: 'foo' }, /^agent: expected one of sarsa, dqn, cem, got "foo"/],
    ['no agent', '/train', {}, /^agent: expected one of/],
    ['no episodes', '/train', { agent: 'sarsa', episodes: 0 }, /^episodes: expected a whole number/],
    ['a setting of another agent', '/train', { agent: 'sarsa', config: { batchSize: 3 } }, /^config: unrecognised key/],
    ['an unknown workload', '/train', { agent: 'sarsa', workload: 'x' }, /^workload: /],
    ['an unknown profile', '/evaluate', { model: 'best', profile: 'x' }, /^profile: expected one of reference/],
    ['an unknown model', '/evaluate', { model: 'nobody' }, /^model: /],
    ['a path', '/evaluate', { model: '../../etc/passwd' }, /^model: expected the name/],
    ['no policy', '/compare', { policies: [] }, /^policies: /],
  ])('422 names the field: %s', async (_what, path, body, message) => {
    const { url } = await startTestHttp();
    expect(await post(`${url}${path}`, body)).toMatchObject({
      status: 422,
      body: { error: { code: 'FIELD_INVALID', message: expect.stringMatching(message) as string } },
    });
  });

  test('422 for an unknown policy, and for a file that is no model', async () => {
    const { url } = await startTestHttp();
    const put = await ask(`${url}/policy`, {
      method: 'PUT',
      body: JSON.stringify({ live: 'nobody' }),
      headers: { 'content-type': 'application/json', ...authorised },
    });
    expect(put).toMatchObject({ status: 422, body: { error: { code: 'UNKNOWN_POLICY' } } });
    expect(await post(`${url}/models`, { format: 'x' })).toMatchObject({
      status: 422,
      body: { error: { code: 'FIELD_INVALID', message: expect.stringMatching(/^body: no model: /) as string } },
    });
  });

  test('413 over the limit', async () => {
    const { url } = await startTestHttp();
    const large = 'x'.repeat(MODEL_FILE_MOST_BYTES + 1);
    for (const path of ['/models', '/train']) {
      expect(await post(`${url}${path}`, large)).toMatchObject({
        status: 413,
        body: { error: { code: 'BODY_TOO_LARGE' } },
      });
    }
  });

  test('400 for what is no JSON', async () => {
    const { url } = await startTestHttp();
    const headers = { 'content-type': 'application/json', ...authorised };
    const reply = await ask(`${url}/train`, { method: 'POST', body: '{"agent":', headers });
    expect(reply).toMatchObject({ status: 400, body: { error: { code: 'BODY_INVALID' } } });
  });
});
