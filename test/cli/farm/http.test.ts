import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FarmHttp } from '../../../cli/farm/http.ts';

const opened: { close(): Promise<void> }[] = [];

/** A real server that answers as `answer` says, and a client that speaks to it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<FarmHttp> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const http = new FarmHttp({
    url: `http://127.0.0.1:${port}`,
    token: 'secret-token',
    user: 'admin',
    password: 'pass',
  });
  opened.push({
    async close() {
      await http.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return http;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

describe('FarmHttp', () => {
  it("calls a function's route with the token, and parses its answer", async () => {
    const http = await serve((request, response) => {
      void bodyOf(request).then((body) => {
        const { method, url, headers } = request;
        response.end(
          JSON.stringify({ seen: [method, url, headers.authorization, headers['content-type'], body], more: 1 }),
        );
      });
    });
    const answer = await http.call('emitter', '/runs', z.object({ seen: z.array(z.string()) }), {
      method: 'POST',
      query: { limit: 3, run: undefined },
      body: { a: 1 },
    });
    expect(answer.seen).toEqual([
      'POST',
      '/function/emitter/runs?limit=3',
      'Bearer secret-token',
      'application/json',
      '{"a":1}',
    ]);
  });

  it("calls the gateway's own API with its user and password", async () => {
    const http = await serve((request, response) =>
      response.end(JSON.stringify([request.url, request.headers.authorization])),
    );
    const basic = `Basic ${Buffer.from('admin:pass').toString('base64')}`;
    expect(await http.system('/functions', z.array(z.string()))).toEqual(['/system/functions', basic]);
  });

  it.each<[name: string, status: number, body: string, failure: [code: string, words: string]]>([
    ['an error of ours', 409, '{"error":{"code":"CONFLICT","message":"busy"}}', ['CONFLICT', 'busy']],
    ['an unknown code', 418, '{"error":{"code":"TEAPOT","message":"short"}}', ['GATEWAY_REFUSED', 'short']],
    ['a property for a code', 418, '{"error":{"code":"toString","message":"x"}}', ['GATEWAY_REFUSED', 'x']],
    ["a gateway's plain text", 502, 'bad', ['GATEWAY_REFUSED', 'emitter: /function/emitter/x answered 502: bad']],
    ['no words', 500, '', ['GATEWAY_REFUSED', 'emitter: /function/emitter/x answered 500']],
    ['a wrong password', 401, 'invalid credentials', ['UNAUTHORISED', 'invalid credentials']],
    ['a missing function', 404, 'not found', ['NOT_FOUND', 'not found']],
    ['a body over the limit', 413, '', ['BODY_TOO_LARGE', 'answered 413']],
    ['an answer of another shape', 200, '{"a":"text"}', ['GATEWAY_REFUSED', 'a: ']],
    ['an answer that is no JSON', 200, '<html>', ['GATEWAY_REFUSED', 'answered something else than expected']],
  ])('turns %s into one error', async (_name, status, body, [code, words]) => {
    const http = await serve((_request, response) => response.writeHead(status).end(body));
    const calling = http.call('emitter', '/x', z.object({ a: z.number() }));
    await expect(calling).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  it('says that nothing listens', async () => {
    const http = await serve(() => undefined);
    await opened.splice(0)[0]?.close();
    const again = new FarmHttp({ url: http.url, token: null, user: null, password: null });
    await expect(again.system('/functions', z.unknown())).rejects.toMatchObject({
      code: 'GATEWAY_UNREACHABLE',
      message: expect.stringContaining('nothing listens there') as string,
    });
    await again.close();
  });

  it('gives up on an answer that does not come', async () => {
    const http = await serve(() => undefined);
    const calling = http.call('emitter', '/x', z.unknown(), { timeoutMs: 50 });
    await expect(calling).rejects.toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
  });

  it('gives up on an answer that stops half-way', async () => {
    const http = await serve((_request, response) => response.writeHead(200).write('{"a":'));
    const calling = http.call('emitter', '/x', z.unknown(), { timeoutMs: 50 });
    await expect(calling).rejects.toMatchObject({ code: 'GATEWAY_UNREACHABLE' });
  });

  it('never names a secret', async () => {
    const http = await serve((_request, response) => response.writeHead(500).end('oops'));
    const failure = await http.call('emitter', '/x', z.unknown()).catch((thrown: unknown) => thrown);
    expect(String(failure)).not.toMatch(/secret-token|pass\b/);
  });

  it('reads lines however they are cut, until the stream ends', async () => {
    const http = await serve((_request, response) => {
      response.write('one\ntw');
      response.write(Buffer.from('ö').subarray(0, 1));
      response.write(Buffer.from('ö').subarray(1));
      response.end('\n\nthree');
    });
    const lines: string[] = [];
    for await (const line of http.lines('/logs', { query: {}, signal: new AbortController().signal })) lines.push(line);
    expect(lines).toEqual(['one', 'twö', 'three']);
  });

  it('leaves a stream that goes on, quietly, when it is told to', async () => {
    const http = await serve((_request, response) => response.write('one\n'));
    const stopping = new AbortController();
    const lines: string[] = [];
    for await (const line of http.lines('/logs', { query: {}, signal: stopping.signal })) {
      lines.push(line);
      stopping.abort();
    }
    expect(lines).toEqual(['one']);
  });

  it('says why a stream is refused', async () => {
    const http = await serve((_request, response) => response.writeHead(404).end('no such function'));
    const reading = http.lines('/logs', { query: {}, signal: new AbortController().signal }).next();
    await expect(reading).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
