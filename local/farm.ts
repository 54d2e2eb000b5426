import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { SECOND, type Clock } from '#shared/clock.ts';
import type { Environment } from '#shared/config.ts';
import type { Logger } from '#shared/log.ts';
import type { Rng } from '#shared/rng.ts';
import { z } from 'zod';
import { assemble } from '../scripts/assemble.ts';
import type { FarmSettings } from './farm-settings.ts';
import { makeSecrets, type FarmSecrets } from './farm-secrets.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { imageBasename, type LaunchTable } from './gateway/launch.ts';
import { keepLogsShort } from './log-keeper.ts';
import { startReclaimer } from './reclaimer.ts';
import { openFarmRedis } from './redis/farm-redis.ts';
import { Releases } from './releases.ts';
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
 * Redis, the build folders, the gateway, and every function of stack.yml, ready. On any failure what was started is stopped
 * again. Throws what a part throws: REDIS_*, PORT_IN_USE, CONFIG_INVALID, START_FAILED.
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
  const secrets = makeSecrets(state.secrets, redis.url);
  const reclaimer = await startReclaimer({ redisUrl: redis.url, config, clock, log });
  releases.add('reclaimer', () => reclaimer.stop());

  const gateway = await createGateway({
    host: config.local.host,
    port: config.local.port,
    credentials: { user: secrets.gatewayUser, password: secrets.gatewayPassword },
    namespace: config.gateway.namespace,
    version: readVersion(root),
    launch: launchTable(settings),
    maxReplicas: config.local.maxReplicas,
    graceS: config.local.graceS,
    stateDir: state.path,
    environment,
    clock,
    rng: rng.fork('gateway'),
    log,
    onExit: (exit) => reclaimer.replicaExited(exit),
  });
  releases.add('gateway', () => gateway.stop());
  signal.throwIfAborted();

  onStep('starting the functions');
  await abortable(deployAll(gateway, settings, signal), signal);
  return { url: gateway.url, port: gateway.port, secrets, stop: () => releases.release() };
}

async function deployAll(gateway: Gateway, settings: FarmSettings, signal: AbortSignal): Promise<void> {
  const own = functionEnvironment(gateway, settings);
  for (const deployment of settings.deployments) {
    signal.throwIfAborted();
    await gateway.deploy({ ...deployment, envVars: { ...deployment.envVars, ...own } });
  }
  await Promise.all(
    settings.deployments.map(({ service }) => gateway.untilReady(service, { timeoutMs: FUNCTION_READY_WITHIN_MS })),
  );
}

/** Lays out build/<fn> and says how the replicas of each image are run from there. */
function launchTable({ root, state, deployments }: FarmSettings): LaunchTable {
  const folders = new Map(assemble({ root }).map(({ fn, folder }) => [fn, folder]));
  return Object.fromEntries(
    deployments.flatMap(({ service, image }) => {
      const cwd = folders.get(service);
      if (cwd === undefined) return [];
      const launch = {
        command: process.execPath,
        // Many processes, few objects each: a young generation of 1 MiB keeps an idle worker small.
        args: ['--max-semi-space-size=1', 'index.ts'],
        cwd,
        env: { NODE_COMPILE_CACHE: state.compileCache },
      };
      return [[imageBasename(image), launch]];
    }),
  );
}

/** What every function sees beside its own environment in stack.yml: where the gateway is, and our own overrides. */
function functionEnvironment(gateway: Gateway, { config, overrides }: FarmSettings): Record<string, string> {
  // Who holds the token of a farm that only this machine can reach is its owner, who may read these files anyway.
  const everywhere = JSON.stringify(['/']);
  const roots = isLoopback(config.local.host)
    ? { FARM_EMITTER_IMAGEROOTS: everywhere, FARM_COLLECTOR_OUTPUTROOTS: everywhere }
    : {};
  return { ...roots, ...overrides, FARM_GATEWAY_URL: gateway.url };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
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
