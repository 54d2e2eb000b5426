import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Agent, request } from 'undici';
import type { Clock } from '#shared/clock.ts';

/** What ails the gateway as its clients see it; all of it may be changed at any time. */
export interface Ailments {
  /** Every call is answered 500. */
  failing: boolean;
  /** The most replicas that are granted, silently; null: what was asked for. */
  clamp: number | null;
  /** Time that each call takes, ms. */
  slowMs: number;
}

/** A request for so many replicas that the gateway has carried out. */
export interface Scaling {
  /** Monotonic, ms. */
  readonly atMs: number;
  /** The process that asked; null: unknown. */
  readonly pid: number | null;
  readonly requested: number;
  readonly granted: number;
}

/** Stands between the autoscalers and the gateway, and writes down who scaled when. */
export interface GatewayProxy extends AsyncDisposable {
  readonly url: string;
  readonly ailments: Ailments;
  readonly scalings: readonly Scaling[];
}

const SCALE = '/system/scale-function/';

/** Listens on a free port of 127.0.0.1. @param options.pidOf the process that a new connection comes from, by its port */
export async function startGatewayProxy(options: {
  readonly gatewayUrl: string;
  readonly clock: Clock;
  readonly pidOf: (port: number) => number | null;
}): Promise<GatewayProxy> {
  const { gatewayUrl, clock, pidOf } = options;
  const agent = new Agent();
  const ailments: Ailments = { failing: false, clamp: null, slowMs: 0 };
  const scalings: Scaling[] = [];
  const clients = new WeakMap<Socket, number | null>();

  async function serve(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    await clock.sleep(ailments.slowMs);
    if (ailments.failing) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('told to fail');
      return;
    }
    const { method = 'GET', url = '/', headers } = asked;
    const scaling = url.startsWith(SCALE) ? clamped(text) : null;
    const answer = await request(gatewayUrl + url, {
      dispatcher: agent,
      method: method as 'GET',
      headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
      ...(text !== '' && { body: scaling?.body ?? text }),
    });
    const said = await answer.body.text();
    if (scaling !== null && answer.statusCode < 300) {
      const { requested, granted } = scaling;
      scalings.push({ atMs: clock.monotonic(), pid: clients.get(asked.socket) ?? null, requested, granted });
    }
    response.writeHead(answer.statusCode, { 'content-type': 'application/json' }).end(said);
  }

  function clamped(text: string): { requested: number; granted: number; body: string } {
    const body = JSON.parse(text) as { replicas: number };
    const granted = Math.min(body.replicas, ailments.clamp ?? Infinity);
    return { requested: body.replicas, granted, body: JSON.stringify({ ...body, replicas: granted }) };
  }

  const server = createServer((asked, response) => {
    // A caller that was killed, or has given up waiting.
    serve(asked, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => clients.set(socket, pidOf(socket.remotePort ?? 0)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ailments,
    scalings,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await agent.destroy();
    },
  };
}
