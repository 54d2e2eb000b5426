import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { FarmClock } from './clock.ts';
import type { FarmConfig, Secrets } from './config.ts';
import type { Logger } from './log.ts';
import type { Rng } from './rng.ts';

/** What the host (template/node-farm/index.ts) hands to a function's handler: the process's one set of real things. */
export interface Host {
  /** The function's name as deployed: 'worker', 'worker-2', ... */
  readonly fn: string;
  /** Unique to this process: '<fn>-<host>-<random>'. The worker's name in the queue. */
  readonly instance: string;
  readonly config: FarmConfig;
  readonly secrets: Secrets;
  readonly clock: FarmClock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Registry;
}

/**
 * A running function. Its loop, if it has one, starts with the process; HTTP stays short.
 * States: starting → ready → stopping → stopped.
 */
export interface FarmFunction {
  /** Adds routes to the host's server, which already serves /_/health, /_/ready and /metrics. */
  routes?(app: FastifyInstance): void;
  /** Whether it can take work now; behind /_/ready. A drained worker is not ready, so it is the first to be removed. */
  ready(): boolean;
  /** Takes no more work, finishes or hands back what is in hand within `graceMs`, and resolves. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

/**
 * The default export of every handler.ts. One that rejects with REDIS_UNREACHABLE is called again until Redis answers: it
 * connects first, and leaves nothing behind when it cannot.
 */
export type StartFunction = (host: Host) => Promise<FarmFunction>;
