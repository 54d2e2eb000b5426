import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '#shared/clock.ts';

const clock = new SystemClock();

export interface FakeGateway {
  readonly url: string;
  /** What the provider knows; a test may change it at any time. */
  readonly state: GatewayState;
  /** `METHOD path body` of each request. */
  readonly requests: string[];
  stop(): Promise<void>;
}

export interface GatewayState {
  replicas: number;
  /** Null: as many as `replicas`. */
  available: number | null;
  /** The most that it grants, silently, as Community Edition does. */
  cap: number | null;
  /** How many more status calls show the number before the last change, as a provider's cache does. */
  staleReads: number;
  /** What every call answers, until it is null again; before the script is looked at. */
  ails: 500 | null;
  /** What it says that its provider is; null: it does not answer that question. */
  provider: string | null;
  /** Time that each call takes, ms. */
  slowMs: number;
  /** What becomes of the next calls, one word a call; afterwards it is well again. */
  script: ('ok' | 500 | 429 | 400 | 'hang' | 'hang-after' | 'drop' | 'html')[];
}

export const credentials = { user: 'admin', password: 'open sesame' };

/** The scaling part of an OpenFaaS gateway over real HTTP, with the faults that a test scripts. */
export async function startFakeGateway(initial: Partial<GatewayState> = {}): Promise<FakeGateway> {
  const state: GatewayState = {
    replicas: 1,
    available: null,
    cap: null,
    staleReads: 0,
    ails: null,
    provider: null,
    slowMs: 0,
    script: [],
    ...initial,
  };
  const requests: string[] = [];
  let before = state.replicas;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    requests.push(`${request.method} ${request.url}${body === '' ? '' : ` ${body}`}`);
    if (state.slowMs > 0) await clock.sleep(state.slowMs);
    const fate = state.ails ?? state.script.shift() ?? 'ok';
    if (fate === 'hang') return;
    if (fate === 'drop') {
      request.socket.destroy();
      return;
    }
    if (typeof fate === 'number') {
      if (fate === 429) response.setHeader('retry-after', '0.2');
      end(response, fate, { error: 'told to' });
      return;
    }
    if (fate === 'html') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>');
      return;
    }
    const expected = `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    if (request.headers.authorization !== expected) end(response, 401, 'invalid credentials');
    else if (request.method === 'POST') {
      scale(body);
      if (fate !== 'hang-after') end(response, 202, undefined);
    } else if (request.url?.startsWith('/system/function/worker?') === true) end(response, 200, status());
    else if (request.url?.startsWith('/system/info?') === true && state.provider !== null)
      end(response, 200, { provider: { provider: state.provider, orchestration: 'kubernetes' } });
    else end(response, 404, 'not found');
  }

  function scale(body: string): void {
    before = state.replicas;
    const { replicas } = JSON.parse(body) as { replicas: number };
    state.replicas = Math.min(replicas, state.cap ?? replicas);
  }

  /** Zeroes are left out, as Go's omitempty does. */
  function status(): object {
    const replicas = state.staleReads > 0 ? before : state.replicas;
    state.staleReads = Math.max(0, state.staleReads - 1);
    const available = state.available ?? replicas;
    return {
      name: 'worker',
      ...(replicas === 0 ? {} : { replicas }),
      ...(available === 0 ? {} : { availableReplicas: available }),
    };
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    requests,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function end(response: ServerResponse, status: number, body: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
