import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment, type FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import { inject } from 'vitest';
import { startLocalFarm, type LocalFarm } from '../../../local/farm.ts';
import { loadFarmSettings } from '../../../local/farm-settings.ts';
import { tinyProject } from '../../support/tiny-project.ts';
import type { ConfigEffect } from './effect.ts';

const clock = new SystemClock();

/** Takes a second to stop, and writes down how it went. */
const slowHandler = `
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export default async () => ({
  ready: () => true,
  stop: async (graceMs) => {
    writeFileSync('stop', 'begun with ' + graceMs + ' ms');
    await setTimeout(1000);
    writeFileSync('stop', 'done with ' + graceMs + ' ms');
  },
});
`;

/** Starts a farm of one small function with this configuration on the run's Redis, and looks at it. It stops in the end. */
function onLocalFarm(
  look: (farm: LocalFarm, root: string) => Promise<unknown>,
  handler?: string,
): (config: FarmConfig) => Promise<unknown> {
  return async (config) => {
    const root = tinyProject();
    if (handler !== undefined) writeFileSync(join(root, 'functions', 'tiny', 'handler.ts'), handler);
    const environment = {
      PATH: processEnvironment()['PATH'],
      REDIS_URL: inject('redisUrl'),
      DOCKER_HOST: `unix://${root}/no-engine`,
    };
    const farm = `config-${crypto.randomUUID().slice(0, 18)}`;
    writeFileSync(join(root, 'farm.yml'), JSON.stringify({ ...config, farm, local: { ...config.local, port: 0 } }));
    const running = await startLocalFarm({
      settings: loadFarmSettings({ root, environment }),
      ...{ environment, clock, log: silentLogger, rng: new Sfc32(farm) },
      signal: new AbortController().signal,
      onStep: () => undefined,
    });
    try {
      return await look(running, root);
    } finally {
      await running.stop();
    }
  };
}

async function status(farm: LocalFarm, path: string): Promise<number> {
  return (await fetch(farm.url + path)).status;
}

/** Replicas that are granted of seven. */
async function grantedOfSeven(farm: LocalFarm): Promise<unknown> {
  const { gatewayUser, gatewayPassword } = farm.secrets;
  const headers = {
    authorization: `Basic ${Buffer.from(`${gatewayUser}:${gatewayPassword}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ serviceName: 'tiny', replicas: 7 });
  await fetch(`${farm.url}/system/scale-function/tiny`, { method: 'POST', headers, body });
  const answer = await fetch(`${farm.url}/system/function/tiny`, { headers });
  return ((await answer.json()) as { replicas: number }).replicas;
}

/** How far a function got in stopping when its farm went down. */
const stopOf = onLocalFarm(async (farm, root) => {
  await farm.stop();
  return readFileSync(join(root, 'build', 'tiny', 'stop'), 'utf8');
}, slowHandler);

/** What a machine without a Docker engine says of the farm: what its replicas run in, or why there is none. */
async function orchestration(config: FarmConfig): Promise<unknown> {
  const look = onLocalFarm(async (farm) => {
    const { gatewayUser, gatewayPassword } = farm.secrets;
    const authorization = `Basic ${Buffer.from(`${gatewayUser}:${gatewayPassword}`).toString('base64')}`;
    const answer = await fetch(`${farm.url}/system/info`, { headers: { authorization } });
    return ((await answer.json()) as { provider: { orchestration: string } }).provider.orchestration;
  });
  return await look(config).catch((thrown: unknown) => (thrown instanceof FarmhandError ? thrown.code : thrown));
}

export const localEffects: readonly ConfigEffect[] = [
  {
    key: 'local.host',
    to: '127.0.0.2',
    shows: 'address of the gateway',
    effect: onLocalFarm(async (farm) => new URL(farm.url).hostname),
    before: '127.0.0.1',
    after: '127.0.0.2',
  },
  {
    key: 'local.maxReplicas',
    to: 2,
    shows: 'replicas that are granted of seven',
    effect: onLocalFarm(grantedOfSeven),
    before: 7,
    after: 2,
  },
  {
    key: 'local.runtime',
    to: 'docker',
    shows: 'what replicas run in, or why they do not, where there is no Docker engine',
    effect: orchestration,
    before: 'processes',
    after: 'DOCKER_UNREACHABLE',
  },
  {
    key: 'gateway.namespace',
    to: 'elsewhere',
    shows: 'whether a function answers by its name with openfaas-fn',
    effect: onLocalFarm((farm) => status(farm, '/function/tiny.openfaas-fn/whoami')),
    before: 200,
    after: 404,
  },
  {
    key: 'worker.graceS',
    to: 9,
    shows: 'the time that a function is given to stop',
    effect: stopOf,
    before: 'done with 25000 ms',
    after: 'done with 9000 ms',
  },
  {
    key: 'local.graceS',
    to: 0.3,
    shows: 'whether a function that takes a second to stop gets to its end',
    effect: stopOf,
    before: 'done with 25000 ms',
    after: 'begun with 25000 ms',
  },
];
