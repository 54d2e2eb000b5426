import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { coerceError, FarmhandError } from '#shared/errors.ts';

/** A bound HTTP server. */
export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Takes no new connection and closes the idle ones; those in use go on. */
  refuse(): void;
  /** Ends every connection. Resolves when the port is free. Idempotent. */
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that none sends a request into one that is just being closed. */
const KEEP_ALIVE_MS = 75_000;

/** @throws FarmhandError PORT_IN_USE; CONFIG_INVALID when the system does not give the address. */
export async function listen(handle: RequestListener, address: { host: string; port: number }): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, address)));
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | null = null;
  const refuse = (): void => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    port,
    url: `http://${reachable(address.host)}:${port}`,
    refuse,
    close: async () => {
      refuse();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Where this machine reaches a server on `host`, as it stands in a URL. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function explain(thrown: unknown, { host, port }: { host: string; port: number }): FarmhandError {
  const cause = coerceError(thrown);
  if ('code' in cause && cause.code === 'EADDRINUSE') {
    const message = `${host}:${port}: another program listens there; stop it, or choose another port (local.port in farm.yml, 0 for any free one)`;
    return new FarmhandError('PORT_IN_USE', message, { cause });
  }
  const message = `${host}:${port}: cannot listen there (${cause.message}); set local.host to an address of this machine, or local.port to a port that this user may take (0 for any free one)`;
  return new FarmhandError('CONFIG_INVALID', message, { cause });
}
