import { createServer, connect, type Socket } from 'node:net';
import type { Clock } from '#shared/clock.ts';
import { breakOff, Tunnel } from './tunnel.ts';

export interface TcpProxyOptions {
  /** Where the connections really go. */
  readonly target: { readonly host: string; readonly port: number };
  readonly clock: Clock;
}

/**
 * A TCP proxy on the loopback interface that behaves as bad networks do. Faults add up; `heal` ends all of them.
 */
export interface TcpProxy {
  readonly port: number;
  /** Open now. */
  readonly connections: number;
  /** Since the start, those that were refused not counted. */
  readonly accepted: number;
  /** Nothing passes in either direction; no connection is closed. What was sent meanwhile arrives after `heal`. */
  stall(): void;
  /** Every connection is cut, and each new one at once. */
  partition(): void;
  /** Each byte arrives `ms` later, in both directions. 0 ends it. */
  latency(ms: number): void;
  /** Cuts a share (0..1) of the open connections, the oldest first; returns how many. */
  cut(share: number): number;
  /**
   * The far end of every open connection is gone and nobody tells the near end: it stays open and silent for good. New
   * connections are whole.
   */
  halfOpen(): void;
  heal(): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const { target, clock } = options;
  const tunnels = new Set<Tunnel>();
  const weather = { stalled: false, latencyMs: 0 };
  let partitioned = false;
  let accepted = 0;

  const open = (near: Socket): void => {
    if (partitioned) {
      breakOff(near);
      return;
    }
    accepted += 1;
    const tunnel = new Tunnel({ near, far: connect(target), weather, clock });
    tunnels.add(tunnel);
    void tunnel.closed.then(() => tunnels.delete(tunnel));
  };
  const cut = (some: readonly Tunnel[]): number => {
    for (const tunnel of some) tunnel.cut();
    return some.length;
  };
  const blow = (change: Partial<typeof weather>): void => {
    Object.assign(weather, change);
    for (const tunnel of tunnels) tunnel.weatherChanged();
  };

  const server = createServer(open);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  let stopped: Promise<void> | null = null;

  return {
    port,
    get connections() {
      return tunnels.size;
    },
    get accepted() {
      return accepted;
    },
    stall: () => blow({ stalled: true }),
    partition() {
      partitioned = true;
      cut([...tunnels]);
    },
    latency: (ms) => blow({ latencyMs: ms }),
    cut: (share) => cut([...tunnels].slice(0, Math.ceil(tunnels.size * share))),
    halfOpen() {
      for (const tunnel of tunnels) tunnel.loseFarEnd();
    },
    heal() {
      partitioned = false;
      blow({ stalled: false, latencyMs: 0 });
    },
    stop() {
      stopped ??= new Promise((resolve) => {
        server.close(() => resolve());
        cut([...tunnels]);
      });
      return stopped;
    },
  };
}
