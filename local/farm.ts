import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import type { Rng } from '#shared/rng.ts';
import { z } from 'zod';
import { openDockerRuntime } from './docker/docker-farm-runtime.ts';
import type { FarmSettings } from './farm-settings.ts';
import { makeSecrets, type FarmSecrets } from './farm-secrets.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { keepLogsShort } from './log-keeper.ts';
import { openProcessRuntime } from './process-farm-runtime.ts';
import { startReclaimer } from './reclaimer.ts';
import { openFarmRedis } from './redis/farm-redis.ts';
import { Releases } from './releases.ts';
import type { FarmRuntime } from './runtime.ts';
import { makeStateFolder } from './state-folder.ts';

export interface LocalFarmOptions {
  readonly settings: FarmSettings;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  /** Gives the start up; what was started until then is stopped. */
  readonly signal: AbortSignal;
  /** Told what is being done, a sentence a step. */
  readonly onStep: (sentence: string) => void;
}

/** The farm, up in this process and its children. */
export interface LocalFarm {
  /** The gateway's address. */
  readonly url: string;
  readonly port: number;
  readonly secrets: FarmSecrets;
  /** Stops functions, gateway and Redis, in this order; nothing is left running. Idempotent. */
  stop(): Promise<void>;
}

const FUNCTION_READY_WITHIN_MS = 60 * SECOND;

/**
 * Redis, what the functions run in, the gateway, and every function of stack.yml, ready. On any failure what was started is
 * stopped again. Throws what a part throws: REDIS_*, DOCKER_UNREACHABLE, IMAGE_MISSING, PORT_IN_USE, CONFIG_INVALID, START_FAILED.
 */
export async function startLocalFarm(options: LocalFarmOptions): Promise<LocalFarm> {
  const releases = new Releases(options.log);
  try {
    return await start(options, releases);
  } catch (thrown) {
    await releases.release();
    throw thrown;
  }
}

async function start(options: LocalFarmOptions, releases: Releases): Promise<LocalFarm> {
  const { settings, environment, clock, rng, log, signal, onStep } = options;
  const { root, state, config } = settings;
  makeStateFolder(state);
  const keeper = keepLogsShort({ files: [state.farmLog, state.redisLog], clock, log });
  releases.add('log keeper', () => keeper.stop());

  onStep(settings.givenRedisUrl === null ? 'starting Redis' : 'looking for Redis at REDIS_URL');
  const redis = await openFarmRedis({ givenUrl: settings.givenRedisUrl, state, environment, clock, log, onStep });
  releases.add('Redis', () => redis.stop());
  signal.throwIfAborted();
  const reclaimer = await startReclaimer({ redisUrl: redis.url, config, clock, log });
  releases.add('reclaimer', () => reclaimer.stop());

  const runtime = await openRuntime(options);
  releases.add('runtime', () => runtime.stop());
  signal.throwIfAborted();
  const secrets = makeSecrets(state.secrets, await runtime.reach(redis.url));
  const gateway = await createGateway({
    host: config.local.host,
    port: config.local.port,
    credentials: { user: secrets.gatewayUser, password: secrets.gatewayPassword },
    namespace: config.gateway.namespace,
    version: readVersion(root),
    runtime: runtime.replicas,
    maxReplicas: config.local.maxReplicas,
    graceS: config.local.graceS,
    stateDir: state.path,
    clock,
    rng: rng.fork('gateway'),
    log,
    onExit: (exit) => reclaimer.replicaExited(exit),
  });
  releases.add('gateway', () => gateway.stop());
  signal.throwIfAborted();

  onStep('starting the functions');
  const variables = { ...runtime.variables, FARM_GATEWAY_URL: await runtime.reach(gateway.url) };
  await abortable(deployAll(gateway, settings.deployments, { variables, signal }), signal);
  return { url: gateway.url, port: gateway.port, secrets, stop: () => releases.release() };
}

async function openRuntime(options: LocalFarmOptions): Promise<FarmRuntime> {
  if (options.settings.config.local.runtime === 'process') return openProcessRuntime(options);
  options.onStep('looking for Docker');
  return await openDockerRuntime(options);
}

async function deployAll(
  gateway: Gateway,
  deployments: FarmSettings['deployments'],
  options: { variables: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<void> {
  for (const deployment of deployments) {
    options.signal.throwIfAborted();
    await gateway.deploy({ ...deployment, envVars: { ...deployment.envVars, ...options.variables } });
  }
  await Promise.all(
    deployments.map(({ service }) => gateway.untilReady(service, { timeoutMs: FUNCTION_READY_WITHIN_MS })),
  );
}

function readVersion(root: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version;
}

/** Settles as `work` does, or rejects when `signal` aborts before; `work` then ends by itself as its parts are stopped. */
async function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([work, aborted]);
}
