import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** A port on one address of this machine that leads to another one, so that what listens on the loopback need not listen elsewhere. */
export interface Door {
  readonly host: string;
  readonly port: number;
  /** Cuts every connection through it. Idempotent. */
  close(): Promise<void>;
}

/** @param host where the door is; any free port. Rejects where the machine does not have the address. */
export async function openDoor(host: string, target: { host: string; port: number }): Promise<Door> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.setNoDelay(true).once('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ ...target, allowHalfOpen: true });
    join(keep(inside), keep(outside));
  });
  server.listen(0, host);
  await once(server, 'listening');
  let closed: Promise<unknown> | null = null;
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async close() {
      closed ??= new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function join(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}
