import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Unmet } from './unmet.ts';

export interface Told {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that waits for one callback. */
export interface Callback {
  readonly url: string;
  /** @throws Unmet after `withinMs` */
  next(withinMs: number): Promise<Told>;
  close(): Promise<void>;
}

/** @param host a name or address of this machine that the gateway reaches */
export async function openCallback(host: string): Promise<Callback> {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.end();
      resolve({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    });
  });
  // Where the gateway is elsewhere, the address by which it reaches us may not be one that we can bind.
  server.listen(0, host === '127.0.0.1' ? host : '0.0.0.0');
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/told`,
    async next(withinMs) {
      const late = AbortSignal.timeout(withinMs);
      const missed = once(late, 'abort').then(() => {
        throw new Unmet(`no callback within ${withinMs / 1000} s`);
      });
      return await Promise.race([promise, missed]);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
