import type { RequestListener } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MINUTE, SECOND, type Clock } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import { describeIssues } from '#shared/parse.ts';
import type { Rng } from '#shared/rng.ts';
import { functionDeployment, type FunctionDeployment } from './deployment.ts';
import type { FunctionStatus } from './function-status.ts';
import { FunctionTable } from './function-table.ts';
import { createAuthenticator, type Credentials } from './http/basic-auth.ts';
import { functionRoutes } from './http/function-routes.ts';
import { createHandler, createRouteHandler } from './http/handler.ts';
import { infoRoutes, metricsRoute } from './http/info-routes.ts';
import { isLoopback, listen, type Listener } from './http/listener.ts';
import { logRoutes } from './http/log-routes.ts';
import { checkNamespace } from './http/namespace.ts';
import { Router } from './http/router.ts';
import { secretRoutes } from './http/secret-routes.ts';
import { LogStore } from './logs/log-store.ts';
import { GatewayMetrics } from './metrics.ts';
import { AsyncInvoker } from './proxy/async-invoker.ts';
import { AsyncQueue } from './proxy/async-queue.ts';
import { Invoker } from './proxy/invoker.ts';
import type { ReplicaRuntime } from './replica/replica-child.ts';
import type { ReplicaExit } from './replica/replica-exit.ts';
import { ReplicaFactory } from './replica/replica-factory.ts';
import { StartGate } from './replica/start-gate.ts';
import { SecretMounts } from './secrets/secret-mounts.ts';
import { SecretStore } from './secrets/secret-store.ts';
import { communityEditionTiming, type ThroughputTiming } from './throughput/throughput-rule.ts';
import { scaleByThroughput } from './throughput/throughput-scaler.ts';

export type { ReplicaExit } from './replica/replica-exit.ts';

/** An OpenFaaS-compatible gateway and provider in one, for one machine: replicas are processes or containers. */
export interface Gateway {
  /** Where it answers, for example 'http://127.0.0.1:8080', without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Where metrics are served alone; null unless `metricsPort` was given. They are at `url`/metrics in any case. */
  readonly metricsUrl: string | null;
  /**
   * Creates the function, or updates it with a rolling restart (what `faas-cli deploy` does). Resolves once it is
   * accepted, with its replicas still starting: see `untilReady`.
   * @throws FarmhandError BODY_INVALID: a bad name, label or namespace, an unknown image or secret.
   */
  deploy(deployment: FunctionDeployment): Promise<void>;
  /** Asks for `replicas`; returns what was granted (see GatewayOptions.maxReplicas). @throws FarmhandError NOT_FOUND */
  scale(name: string, replicas: number): number;
  /** Resolves when as many replicas are ready as are desired. @throws FarmhandError NOT_FOUND, START_FAILED */
  untilReady(name: string, options: { timeoutMs: number }): Promise<void>;
  /** Every function, by name. */
  functions(): readonly FunctionStatus[];
  /** Drains and stops every replica in parallel within the grace, closes every listener, leaves no process. Idempotent. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Address to listen on; 127.0.0.1 unless the user says otherwise. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A second listener for /metrics alone, as OpenFaaS has on 8082; 0: any free port; null or absent: none. */
  readonly metricsPort?: number | null;
  /** For /system and /ui; null switches authentication off, which only a loopback address may do. */
  readonly credentials: Credentials | null;
  /** The one function namespace; default 'openfaas-fn'. */
  readonly namespace?: string;
  /** Farmhand's version, for /system/info and X-Served-By. */
  readonly version: string;
  readonly runtime: ReplicaRuntime;
  /** Null: what is asked is granted. 5: as the Community Edition, silently 1 to 5. */
  readonly maxReplicas: number | null;
  /** Seconds from asking a replica to stop to its SIGKILL. */
  readonly graceS: number;
  /** Absolute path; the gateway keeps secrets/, secret-mounts/ and logs/ in it. */
  readonly stateDir: string;
  /** Replicas in their start-up phase at a time; default: the number of cores. */
  readonly concurrentStarts?: number;
  /** Largest body of /function, bytes; default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Time that a function has for its answer, ms; default 60,000 as upstream_timeout. Event streams are exempt. */
  readonly upstreamTimeoutMs?: number;
  /** Asynchronous invocations at a time, each function; default 1 as the Community Edition's queue-worker. */
  readonly asyncConcurrency?: number;
  /** When throughput scales functions whose labels allow it; default as the Community Edition. */
  readonly throughput?: ThroughputTiming;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  /** Called at each exit of a replica, at once: the farm takes its tasks back. */
  readonly onExit?: (exit: ReplicaExit) => void;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;
const DEFAULT_UPSTREAM_TIMEOUT_MS = MINUTE;
/** Longest that an invocation waits for a replica that is starting. */
const START_WAIT_MS = 30 * SECOND;
const ASYNC_LIMITS = { maxJobs: 1000, maxBytes: 64 * 1024 * 1024 };

/**
 * Starts a gateway without functions.
 * @throws FarmhandError PORT_IN_USE; CONFIG_INVALID when authentication is off on an address that others can reach.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock, runtime, log, maxReplicas, version } = options;
  const namespace = options.namespace ?? 'openfaas-fn';
  checkCredentials(options);
  const stopping = new AbortController();
  const stopped = new AbortController();

  const store = new SecretStore(join(options.stateDir, 'secrets'));
  const mounts = new SecretMounts(join(options.stateDir, 'secret-mounts'), store);
  const logs = new LogStore({ folder: join(options.stateDir, 'logs'), namespace, clock, log });
  const rng = options.rng.fork('gateway');
  const factory = new ReplicaFactory({ mounts, logs, clock, rng: rng.fork('instances') });
  const concurrentStarts = options.concurrentStarts ?? availableParallelism();
  const table: FunctionTable = new FunctionTable({
    namespace,
    runtime,
    maxReplicas,
    graceMs: options.graceS * SECOND,
    gate: new StartGate(concurrentStarts),
    surge: concurrentStarts,
    factory,
    mounts,
    clock,
    rng,
    log,
    onExit: (exit) => tellExit(exit, options),
    onRemoved: (name) => logs.end(name),
  });
  const metrics = new GatewayMetrics(namespace, () =>
    table.list().map((fn) => [fn.name, fn.replicas.desired] as const),
  );
  const limits = {
    startWaitMs: START_WAIT_MS,
    upstreamTimeoutMs: options.upstreamTimeoutMs ?? DEFAULT_UPSTREAM_TIMEOUT_MS,
  };
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const servedBy = `farmhand-local/${version}`;
  const invoker = new Invoker({ table, namespace, metrics, clock, limits, maxBodyBytes, servedBy });
  const queue = new AsyncQueue({ concurrency: options.asyncConcurrency ?? 1, ...ASYNC_LIMITS, log });
  const asyncInvoker = new AsyncInvoker({ table, namespace, invoker, queue, clock, stopped: stopped.signal });
  const router = new Router([
    ...functionRoutes({ table, namespace }),
    ...secretRoutes({ store, namespace }),
    ...logRoutes({ logs, table, namespace, clock }),
    ...infoRoutes({ version, namespace, orchestration: runtime.orchestration, metrics }),
  ]);
  const authenticate = createAuthenticator(options.credentials);
  const handler = createHandler({ router, authenticate, invoker, asyncInvoker, log, stopping: stopping.signal });
  const listeners = await listenAll(options, handler, createRouteHandler(new Router([metricsRoute(metrics)]), log));
  const timing = options.throughput ?? communityEditionTiming;
  const scaling = scaleByThroughput({ table, timing, clock, signal: stopping.signal });

  const stop = async (): Promise<void> => {
    stopping.abort();
    await scaling;
    for (const listener of listeners) listener.refuse();
    const queued = queue.close();
    await table.stop();
    stopped.abort();
    const dropped = await queued;
    if (dropped > 0) log.warn({ dropped }, 'asynchronous invocations that still waited are lost');
    await factory.drained();
    await logs.close();
    await Promise.all(listeners.map(async (listener) => listener.close()));
  };
  let stopOnce: Promise<void> | null = null;
  const [main, metricsOnly] = listeners;
  return {
    url: main.url,
    port: main.port,
    metricsUrl: metricsOnly === undefined ? null : `${metricsOnly.url}/metrics`,
    deploy: async (deployment) => {
      const parsed = parseDeployment(deployment, namespace);
      if (table.find(parsed.service) === null) table.create(parsed);
      else table.update(parsed);
    },
    scale: (name, replicas) => table.scale(name, replicas),
    untilReady: async (name, { timeoutMs }) => {
      const { replicas } = table.get(name);
      if (await replicas.settled(timeoutMs, stopping.signal)) return;
      const message = `${name}: ${replicas.available} of ${replicas.desired} replicas ready after ${timeoutMs / SECOND} s`;
      throw new FarmhandError(
        'START_FAILED',
        `${message}; its log says why (${join(options.stateDir, 'logs', name)}.ndjson)`,
      );
    },
    functions: () => table.list().map((fn) => table.status(fn, { usage: false })),
    stop: async () => await (stopOnce ??= stop()),
  };
}

async function listenAll(
  options: GatewayOptions,
  handler: RequestListener,
  metricsHandler: RequestListener,
): Promise<[Listener, ...Listener[]]> {
  const { host, port, metricsPort } = options;
  const main = await listen(handler, { host, port });
  if (metricsPort === undefined || metricsPort === null) return [main];
  try {
    return [main, await listen(metricsHandler, { host, port: metricsPort })];
  } catch (error) {
    await main.close();
    throw error;
  }
}

function checkCredentials({ credentials, host }: GatewayOptions): void {
  if (credentials === null && !isLoopback(host)) {
    throw new FarmhandError(
      'CONFIG_INVALID',
      `${host}: others can reach this address, so the gateway needs a user and a password (secrets basic-auth-user and basic-auth-password)`,
    );
  }
  if (credentials !== null && (credentials.user === '' || credentials.password === '')) {
    throw new FarmhandError('CONFIG_INVALID', 'basic-auth-user, basic-auth-password: expected both to be not empty');
  }
}

function parseDeployment(deployment: FunctionDeployment, namespace: string): FunctionDeployment {
  const result = functionDeployment.safeParse(deployment);
  if (!result.success) throw new FarmhandError('BODY_INVALID', describeIssues(result.error, deployment));
  checkNamespace(result.data.namespace, namespace);
  return result.data;
}

/** Observers may not throw into the supervision. */
function tellExit(exit: ReplicaExit, { onExit, log }: GatewayOptions): void {
  try {
    onExit?.(exit);
  } catch (thrown) {
    log.error({ ...exit, error: coerceError(thrown) }, 'the observer of exits failed');
  }
}
