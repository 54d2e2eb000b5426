import startAutoscaler from '#autoscaler/handler.ts';
import { SystemClock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { createMetrics } from '#shared/metrics.ts';
import { Sfc32 } from '#shared/rng.ts';
import { credentials, startFakeGateway } from '../../autoscaler/support/fake-gateway.ts';
import { testRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';
import type { ConfigEffect } from './effect.ts';

/** The first call that the autoscaler makes to its gateway. */
async function firstCall(config: FarmConfig): Promise<string | undefined> {
  const server = await testRedis();
  const gateway = await startFakeGateway();
  const autoscaler = await startAutoscaler({
    fn: 'autoscaler',
    instance: server.prefix,
    config: { ...config, farm: server.prefix, gateway: { ...config.gateway, url: gateway.url } },
    secrets: {
      redisUrl: server.url,
      farmToken: 'token',
      gatewayUser: credentials.user,
      gatewayPassword: credentials.password,
    },
    clock: new SystemClock(),
    rng: new Sfc32(1),
    log: silentLogger,
    metrics: createMetrics(),
  });
  try {
    await until('the autoscaler calls its gateway', () => gateway.requests.length > 0);
    return gateway.requests[0];
  } finally {
    await autoscaler.stop(1000);
    await gateway.stop();
    await server.close();
  }
}

export const gatewayEffects: readonly ConfigEffect[] = [
  {
    key: 'gateway.workerFunction',
    to: 'painter',
    shows: 'the function that the autoscaler scales',
    effect: firstCall,
    before: 'GET /system/function/worker?namespace=openfaas-fn',
    after: 'GET /system/function/painter?namespace=openfaas-fn',
  },
];
