import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import startAutoscaler from '#autoscaler/handler.ts';
import { SystemClock } from '#shared/clock.ts';
import type { FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { createMetrics } from '#shared/metrics.ts';
import { Sfc32 } from '#shared/rng.ts';
import { openScaler } from '#autoscaler/scaler/open-scaler.ts';
import { StepTime } from '#autoscaler/scaler/patience.ts';
import type { Scaler } from '#autoscaler/scaler/scaler.ts';
import { FakeKubernetesServer } from '../../autoscaler/support/fake-kubernetes-server.ts';
import { FakeKubernetes } from '../../autoscaler/support/fake-kubernetes.ts';
import { FakeOpenFaas } from '../../autoscaler/support/fake-openfaas.ts';
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

/** The scaler that a configuration makes, at a gateway of its own. */
async function atOpenFaas<T>(
  config: FarmConfig,
  look: (scaler: Scaler, gateway: FakeOpenFaas) => Promise<T>,
): Promise<T> {
  const gateway = await new FakeOpenFaas().start();
  gateway.deploy({ service: 'worker' });
  try {
    const parts = { secrets: credentialsOf, clock: new SystemClock(), log: silentLogger, stepTime: new StepTime() };
    const scaler = await openScaler({ ...parts, config: { gateway: { ...config.gateway, url: gateway.url } } });
    return await look(scaler, gateway);
  } finally {
    await gateway.stop();
  }
}

const credentialsOf = { gatewayUser: credentials.user, gatewayPassword: credentials.password };

async function functionsAsked(config: FarmConfig): Promise<readonly string[]> {
  return atOpenFaas(config, async (scaler, gateway) => {
    await scaler.read();
    return gateway.asked;
  });
}

async function spreadOfFive(config: FarmConfig): Promise<Record<string, number>> {
  return atOpenFaas(config, async (scaler, gateway) => {
    await scaler.apply({ replicas: 5 });
    return gateway.spread;
  });
}

/** The path of the first request to the API server. */
async function deploymentAsked(config: FarmConfig): Promise<string | undefined> {
  const server = await new FakeKubernetesServer(new FakeKubernetes(1)).start();
  const folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, server.kubeconfig);
  const asked: string[] = [];
  server.fate = (request) => {
    asked.push(request.replace('GET ', ''));
    return 403;
  };
  try {
    const parts = { secrets: credentialsOf, clock: new SystemClock(), log: silentLogger, stepTime: new StepTime() };
    const scaler = await openScaler({ ...parts, config: { gateway: { ...config.gateway, kubeconfig } } });
    await scaler.read().catch(() => undefined);
    return asked[0];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
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
  {
    key: 'gateway.scaler',
    to: 'sharded-gateway',
    shows: 'how many functions the autoscaler looks for',
    effect: async (config) => (await functionsAsked(config)).length,
    before: 1,
    after: 7,
  },
  {
    key: 'gateway.shards',
    to: 2,
    given: 'gateway: { scaler: sharded-gateway }',
    shows: 'which functions may be shards',
    effect: async (config) => (await functionsAsked(config)).at(-1),
    before: 'worker-7',
    after: 'worker-2',
  },
  {
    key: 'gateway.shardReplicas',
    to: 2,
    given: 'gateway: { scaler: sharded-gateway }',
    shows: 'how five workers are spread',
    effect: spreadOfFive,
    before: { worker: 5 },
    after: { worker: 2, 'worker-2': 2, 'worker-3': 1 },
  },
  {
    key: 'gateway.deployment',
    to: 'painter',
    given: 'gateway: { scaler: kubernetes }',
    shows: 'the Deployment that is scaled',
    effect: deploymentAsked,
    before: '/apis/apps/v1/namespaces/farmhand-workers/deployments/worker/scale',
    after: '/apis/apps/v1/namespaces/farmhand-workers/deployments/painter/scale',
  },
  {
    key: 'gateway.deploymentNamespace',
    to: 'elsewhere',
    given: 'gateway: { scaler: kubernetes }',
    shows: 'the namespace of the Deployment',
    effect: deploymentAsked,
    before: '/apis/apps/v1/namespaces/farmhand-workers/deployments/worker/scale',
    after: '/apis/apps/v1/namespaces/elsewhere/deployments/worker/scale',
  },
];
