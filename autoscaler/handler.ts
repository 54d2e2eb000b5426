import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SECOND } from '#shared/clock.ts';
import { coerceError, FarmhandError } from '#shared/errors.ts';
import type { FarmFunction, Host } from '#shared/farm-function.ts';
import { RedisLease } from '#shared/lease.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { connectRedis } from '#shared/redis.ts';
import { requireToken } from '#shared/token.ts';
import { addMetrics } from './http/metrics.ts';
import { loadPage } from './http/page.ts';
import { addRoutes } from './http/routes.ts';
import { Autoscaler } from './loop/autoscaler.ts';
import { LEASE_TTL_MS, Leadership } from './loop/leadership.ts';
import { within } from './loop/within.ts';
import { ModelFolder } from './model-store/folder.ts';
import { RulesAndModels } from './model-store/policy-shelf.ts';
import { GatewayClient } from './scaler/gateway-client.ts';
import { GatewayScaler } from './scaler/gateway-scaler.ts';

const GATEWAY_TIMEOUT_MS = 5 * SECOND;

/** The shipped models: `configuration.copy` of stack.yml puts them beside this file; in the project they are in its root. */
function modelFolder(): ModelFolder {
  const beside = join(import.meta.dirname, 'models');
  return new ModelFolder(existsSync(beside) ? beside : join(import.meta.dirname, '..', 'models'));
}

/** Composes the autoscaler: queue and drain on Redis, replicas through the gateway, one leader, its HTTP and its page. */
export default async function start(host: Host): Promise<FarmFunction> {
  const { config, secrets, clock, log, instance } = host;
  const addPage = await loadPage();
  if (secrets.redisUrl === null) {
    throw new FarmhandError('CONFIG_INVALID', 'no Redis is configured; set the secret redis-url or REDIS_URL');
  }
  const redis = await connectRedis({ url: secrets.redisUrl, log });
  const blocking = await connectRedis({ url: secrets.redisUrl, log });
  const farm = openRedisFarm({ redis, blocking, config, client: instance });

  const gateway = new GatewayClient({
    url: config.gateway.url,
    namespace: config.gateway.namespace,
    user: secrets.gatewayUser,
    password: secrets.gatewayPassword,
    timeoutMs: GATEWAY_TIMEOUT_MS,
  });
  const scaler = new GatewayScaler({ gateway, functionName: config.gateway.workerFunction, clock, log });

  const lease = new RedisLease({ redis, key: farm.keys.leader('autoscaler'), holder: instance, ttlMs: LEASE_TTL_MS });
  const leadership = new Leadership({ lease, clock, log });
  await leadership.start();

  let orders = 0;
  const policies = new RulesAndModels({ folder: modelFolder() });
  const autoscaler = await Autoscaler.start(
    {
      queue: farm.observer,
      drain: farm.roster,
      scaler,
      sink: farm.journal,
      policies,
      clock,
      log,
      newOrder: () => `${instance}-${(orders += 1)}`,
      leads: () => leadership.leads,
    },
    config.control,
  );
  addMetrics(host.metrics, autoscaler);

  let stopping: Promise<void> | null = null;
  const stop = async (graceMs: number): Promise<void> => {
    const stopped = autoscaler
      .stop()
      .then(() => leadership.stop())
      .catch((thrown: unknown) =>
        log.warn({ error: coerceError(thrown).message }, 'the leadership was not given up in order'),
      );
    // While Redis is away nothing can be withdrawn or given up; orders and lease run out by themselves.
    await within(stopped, { clock, timeoutMs: graceMs });
    redis.disconnect();
    blocking.disconnect();
  };
  return {
    routes(app) {
      addPage(app);
      addRoutes(app, { autoscaler, policies, control: config.control, authorise: requireToken(secrets), clock });
    },
    ready: () => stopping === null,
    stop: (graceMs) => (stopping ??= stop(graceMs)),
  };
}
