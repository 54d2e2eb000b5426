import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment, type Environment } from '#shared/config.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { FarmHandle } from '../../../local/farm-record.ts';
import { ensureFarm } from '../../../local/launcher.ts';
import { isAlive } from '../../../local/process-identity.ts';
import { stateFolder } from '../../../local/state-folder.ts';
import { stopFarm } from '../../../local/stop-farm.ts';
import { assemble } from '../../../scripts/assemble.ts';
import { fakeEngine, type FakeEngine } from '../../support/fake-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { tinyProject } from '../../support/tiny-project.ts';
import { until } from '../../support/until.ts';

const clock = new SystemClock();
const whoami = z.object({ instance: z.string(), token: z.string(), config: z.object({ logLevel: z.string() }) });

/** A project of one function whose image an engine has, and whose farm is stopped with the test. */
async function containerProject(options: { images?: boolean } = {}) {
  const root = tinyProject();
  const [tiny] = assemble({ root });
  const engine = await fakeEngine(options.images === false ? {} : { tiny: { args: ['index.ts'], cwd: tiny!.folder } });
  const environment: Environment = {
    PATH: processEnvironment()['PATH'],
    DOCKER_HOST: engine.dockerHost,
    FARM_LOCAL_RUNTIME: 'docker',
  };
  onTestFinished(async () => {
    await stopFarm({ root, environment, clock, orderlyWithinMs: 5000 });
  });
  return {
    root,
    engine,
    state: stateFolder({ root, environment }),
    stop: () => stopFarm({ root, environment, clock }),
    ensure: (more: Environment = {}) =>
      ensureFarm({
        ...{ root, clock, tied: true, signal: new AbortController().signal },
        environment: { ...environment, ...more },
      }),
  };
}

async function ask(farm: FarmHandle): Promise<z.infer<typeof whoami>> {
  return whoami.parse(await (await fetch(`${farm.url}/function/tiny/whoami`)).json());
}

async function scale(farm: FarmHandle, replicas: number): Promise<void> {
  const { gatewayUser, gatewayPassword } = farm.secrets;
  const response = await fetch(`${farm.url}/system/scale-function/tiny`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${gatewayUser}:${gatewayPassword}`).toString('base64')}` },
    body: JSON.stringify({ serviceName: 'tiny', replicas }),
  });
  expect(response.status).toBe(202);
}

const running = (engine: FakeEngine): number =>
  [...engine.containers.values()].filter(({ process, exitCode }) => process !== null && exitCode === null).length;

// The daemon is TypeScript and runs on the Node that runs the tests: npm test and scripts/test use the project's own.
describe.runIf(process.features.typescript !== false)('a farm of containers', { timeout: 60_000 }, () => {
  it('comes up, answers, scales up and down, and leaves neither container nor network', async () => {
    const { engine, ensure, state, stop } = await containerProject();
    const { farm } = await ensure({ FARM_LOGLEVEL: 'debug' });
    const { instance, token, config } = await ask(farm);
    expect(token).toBe(farm.secrets.farmToken);
    expect(config.logLevel).toBe('debug');
    const [container] = engine.containers.values();
    expect(container!.name).toMatch(new RegExp(`^farmhand-[0-9a-f]{8}-${instance}$`));
    expect(container!.spec.Labels).toEqual({ 'farmhand.farm': state.path, 'farmhand.function': 'tiny' });

    await scale(farm, 3);
    await until('three run', () => running(engine) === 3);
    await scale(farm, 1);
    await until('two are gone', () => engine.containers.size === 1);
    expect(await stop()).toEqual({ wasUp: true, killed: 0 });
    expect([engine.containers.size, engine.networks.size]).toEqual([0, 0]);
    expect(existsSync(join(state.path, 'docker.json'))).toBe(false);
    expect(readFileSync(join(state.logs, 'tiny.ndjson'), 'utf8')).toContain(instance);
  });

  it('shows its secrets to the containers’ user and to nobody else', async () => {
    const { engine, ensure, state } = await containerProject();
    const { farm } = await ensure();
    const [container] = engine.containers.values();
    const secrets = container!.spec.HostConfig.Mounts.find(({ Target }) => Target === '/var/openfaas/secrets')!.Source;
    expect(statSync(join(secrets, 'farm-token')).mode & 0o777).toBe(0o444);
    expect(statSync(join(secrets, '..')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(secrets, 'redis-url'), 'utf8')).toBe(farm.secrets.redisUrl);
    // Not in what `docker inspect` tells.
    const told = JSON.stringify(container!.spec);
    const { farmToken, redisUrl, gatewayPassword } = farm.secrets;
    for (const secret of [farmToken, gatewayPassword, new URL(redisUrl).password]) expect(told).not.toContain(secret);
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
  });

  it('starts another container when one ends unasked', async () => {
    const { engine, ensure } = await containerProject();
    const { farm } = await ensure();
    const { instance } = await ask(farm);
    const [container] = engine.containers.values();
    container!.process!.kill('SIGKILL');
    await until('another answers', async () => {
      const response = await fetch(`${farm.url}/function/tiny/whoami`);
      return response.ok && whoami.parse(await response.json()).instance !== instance;
    });
    await until('the first is removed', () => !engine.containers.has(container!.id));
  });

  it('ends its containers when its daemon is killed, also before the next command', async () => {
    const { engine, ensure, stop } = await containerProject();
    const { farm } = await ensure();
    process.kill(farm.pid, 'SIGKILL');
    await until('the daemon is gone', () => !isAlive(farm));
    await until(
      'the janitor has removed everything',
      () => engine.containers.size === 0 && engine.networks.size === 0,
      30_000,
    );
    expect(await stop()).toMatchObject({ wasUp: true });
  });

  it('removes what a killed farm left when the janitor is dead too', async () => {
    const { engine, ensure, stop, state } = await containerProject();
    const { farm } = await ensure();
    process.kill(-farm.pid, 'SIGKILL');
    await until('the daemon is gone', () => !isAlive(farm));
    expect(running(engine)).toBe(1);
    expect(existsSync(join(state.path, 'docker.json'))).toBe(true);
    await stop();
    expect([engine.containers.size, engine.networks.size]).toEqual([0, 0]);
    expect(existsSync(join(state.path, 'docker.json'))).toBe(false);
  });

  it('says what to do without an engine, with one elsewhere, and without images', async () => {
    const { ensure } = await containerProject({ images: false });
    const nowhere = `unix://${join(temporaryFolder(), 'docker.sock')}`;
    await expect(ensure({ DOCKER_HOST: nowhere })).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      message: expect.stringContaining('install Docker') as string,
    });
    await expect(ensure({ DOCKER_HOST: 'tcp://10.0.0.1:2375' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(ensure()).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringContaining('tiny: build them with') as string,
    });
  });
});
