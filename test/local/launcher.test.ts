import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment, type Environment } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { takeFarmLock } from '../../local/farm-lock.ts';
import { findFarm, type FarmHandle } from '../../local/farm-record.ts';
import { ensureFarm, type EnsuredFarm } from '../../local/launcher.ts';
import { listMembers } from '../../local/process-group.ts';
import { isAlive } from '../../local/process-identity.ts';
import { stateFolder } from '../../local/state-folder.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import { freePort } from '../../local/free-port.ts';
import { startPrivateRedis } from '../../local/redis/private-redis.ts';
import { projectNode } from '../support/project-node.ts';
import { redisProgram } from '../support/redis-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tinyProject } from '../support/tiny-project.ts';
import { until } from '../support/until.ts';

const clock = new SystemClock();
const whoami = z.object({
  pid: z.int(),
  instance: z.string(),
  token: z.string(),
  config: z.object({
    logLevel: z.string(),
    gateway: z.object({ url: z.string() }),
    emitter: z.object({ imageRoots: z.array(z.string()) }),
    collector: z.object({ outputRoots: z.array(z.string()) }),
  }),
});

/** A project whose farm is stopped with the test, and the calls on it. */
function farmProject(extra: Environment = {}) {
  const root = tinyProject();
  const environment = { PATH: processEnvironment()['PATH'], ...extra };
  const state = stateFolder({ root, environment });
  onTestFinished(async () => {
    await stopFarm({ root, environment, clock, orderlyWithinMs: 5000 });
  });
  return {
    root,
    state,
    stop: () => stopFarm({ root, environment, clock }),
    ensure: (
      options: { overrides?: Environment; signal?: AbortSignal; onStep?: (sentence: string) => void } = {},
    ): Promise<EnsuredFarm> =>
      ensureFarm({
        root,
        environment: { ...environment, ...options.overrides },
        tied: true,
        clock,
        signal: options.signal ?? new AbortController().signal,
        ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
      }),
    processesOf: (farm: FarmHandle) => ({ leader: farm, folders: [root] }),
  };
}

async function ask(farm: FarmHandle): Promise<z.infer<typeof whoami>> {
  const response = await fetch(`${farm.url}/function/tiny/whoami`);
  return whoami.parse(await response.json());
}

// The daemon is TypeScript and runs on the Node that runs the tests: npm test and scripts/test use the project's own.
describe.runIf(process.features.typescript !== false)('a farm on this machine', () => {
  it('comes up, is joined, refuses another configuration, goes down and leaves nothing', async () => {
    const { root, state, ensure, stop, processesOf } = farmProject({ FARM_LOGLEVEL: 'debug' });
    const { farm, started } = await ensure();
    expect(started).toBe(true);
    expect(await ask(farm)).toMatchObject({
      token: farm.secrets.farmToken,
      config: {
        logLevel: 'debug',
        gateway: { url: farm.url },
        emitter: { imageRoots: ['/'] },
        collector: { outputRoots: ['/'] },
      },
    });
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
    expect(existsSync(join(root, 'build', 'tiny', 'index.ts'))).toBe(true);

    const joined = await ensure();
    expect(joined.started).toBe(false);
    expect(joined.farm).toEqual(farm);
    await expect(ensure({ overrides: { FARM_CONTROL_STEPDURATIONS: '3' } })).rejects.toMatchObject({
      code: 'FARM_DIFFERS',
    });

    const processes = listMembers(processesOf(farm));
    expect(processes.length).toBeGreaterThanOrEqual(2); // Redis and the function
    expect(await stop()).toEqual({ wasUp: true, killed: 0 });
    expect([farm, ...processes].filter(isAlive)).toEqual([]);
    expect(findFarm(state)).toBeNull();
    expect(existsSync(state.record)).toBe(false);
    expect(await stop()).toEqual({ wasUp: false, killed: 0 });
    await expect(fetch(farm.url)).rejects.toThrow();

    const logs = ['farm.log', 'redis.log', 'tiny.ndjson']
      .map((name) => readFileSync(join(state.logs, name), 'utf8'))
      .join('');
    const { farmToken, gatewayPassword, redisUrl } = farm.secrets;
    const shown = [farmToken, gatewayPassword, new URL(redisUrl).password].filter((secret) => logs.includes(secret));
    expect(shown).toEqual([]);
    expect(logs).toContain('the farm is up');
  });

  it('has its tasks again after it was killed, and is cleaned up by the next start or stop', async () => {
    const { ensure, processesOf, state, stop } = farmProject();
    const { farm } = await ensure();
    const redis = new Redis(farm.secrets.redisUrl);
    await redis.set('{farmhand}:kept', 'yes');
    redis.disconnect();
    const processes = listMembers(processesOf(farm));
    process.kill(farm.pid, 'SIGKILL');
    await until('the daemon is gone', () => !isAlive(farm));
    expect(findFarm(state)).toBeNull();

    const again = await ensure();
    expect(again.started).toBe(true);
    expect(processes.filter(isAlive)).toEqual([]);
    const redisAgain = new Redis(again.farm.secrets.redisUrl);
    expect(await redisAgain.get('{farmhand}:kept')).toBe('yes');
    redisAgain.disconnect();
    expect(again.farm.secrets.farmToken).toBe(farm.secrets.farmToken);

    const processesAgain = listMembers(processesOf(again.farm));
    process.kill(again.farm.pid, 'SIGKILL');
    expect(await stop()).toMatchObject({ wasUp: true });
    expect(await stop()).toEqual({ wasUp: false, killed: 0 });
    expect([again.farm, ...processesAgain].filter(isAlive)).toEqual([]);
    expect(existsSync(state.record)).toBe(false);
  });

  it('is started once when two ask for it at the same moment', async () => {
    const { ensure } = farmProject();
    const [one, two] = await Promise.all([ensure(), ensure()]);
    expect(one.farm.pid).toBe(two.farm.pid);
    expect([one.started, two.started].sort()).toEqual([false, true]);
  });

  it('waits while another command has the lock, and starts no process for that', async () => {
    const { ensure, state } = farmProject();
    const lock = takeFarmLock(state.lock);
    const steps: string[] = [];
    const waiting = ensure({ onStep: (sentence) => steps.push(sentence) });
    await until('it waits', () => steps.length > 0);
    expect(steps).toEqual(['waiting for another command that starts or stops a farm here']);
    expect(existsSync(state.farmLog)).toBe(false);
    lock.release();
    expect((await waiting).started).toBe(true);
  });

  it('stops when the process that it is tied to is killed', async () => {
    const { root, state } = farmProject();
    const script = `
      import { ensureFarm } from ${JSON.stringify(join(import.meta.dirname, '../../local/launcher.ts'))};
      import { SystemClock } from ${JSON.stringify(join(import.meta.dirname, '../../shared/clock.ts'))};
      const { signal } = new AbortController();
      await ensureFarm({ root: ${JSON.stringify(root)}, environment: process.env, tied: true, clock: new SystemClock(), signal });
      console.log('up');
      process.stdin.resume();
    `;
    const parent = spawn(projectNode, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: processEnvironment()['PATH'] },
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    await once(parent.stdout, 'data');
    const farm = findFarm(state)!;
    const processes = listMembers({ leader: farm, folders: [root] });
    parent.kill('SIGKILL');
    await until('no process of the farm runs', () => ![farm, ...processes].some(isAlive));
    expect(existsSync(state.record)).toBe(false);
  });

  it('takes back what a replica held as soon as it is killed', async () => {
    const { ensure } = farmProject({ FARM_QUEUE_LEASES: '600' });
    const { farm } = await ensure();
    const redis = new Redis(farm.secrets.redisUrl);
    onTestFinished(() => redis.disconnect());
    const config = farmConfigSchema.parse({ queue: { leaseS: 600 } });
    const { inbox, source } = openRedisFarm({ redis, config, client: 'test' });
    const { pid, instance } = await ask(farm);
    const task = { id: 'held', kind: 'image', payload: null, expectedServiceMs: 100, deadlineMs: 1000 };
    await inbox.submit([{ kind: 'task', id: task.id, task }]);
    await inbox.take(1);
    expect(await source.claim({ worker: instance, sequence: 1 })).toMatchObject({ kind: 'tasks' });
    let sequence = 0;
    process.kill(pid, 'SIGKILL');
    await until("the task is another worker's", async () => {
      const reply = await source.claim({ worker: 'other', sequence: (sequence += 1) });
      return reply.kind === 'tasks' && reply.claims[0]?.task.id === 'held';
    });
  });

  it('gives up when it is told to while it starts, and leaves nothing', async () => {
    const { ensure, state, stop } = farmProject();
    const interrupted = new AbortController();
    const starting = ensure({ signal: interrupted.signal });
    await until('the daemon is at work', () => existsSync(join(state.logs, 'redis.log')));
    interrupted.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
    expect(findFarm(state)).toBeNull();
    expect(await stop()).toEqual({ wasUp: false, killed: 0 });
  });

  it('uses a given Redis, touches no key but its own, and leaves it running', async () => {
    const folder = temporaryFolder();
    const program = await redisProgram();
    const logFile = join(folder, 'redis.log');
    const given = await startPrivateRedis({ program, folder: join(folder, 'data'), logFile, clock, log: silentLogger });
    onTestFinished(() => given.stop());
    const redis = new Redis(given.url);
    onTestFinished(() => redis.disconnect());
    await redis.set('of-someone-else', '1');
    const { ensure, stop, state } = farmProject({ REDIS_URL: given.url, FARM_FARM: 'mine' });
    const { farm } = await ensure();
    expect(farm.secrets.redisUrl).toBe(given.url);
    expect(existsSync(join(state.redis, 'appendonlydir'))).toBe(false);
    await stop();
    expect(await redis.get('of-someone-else')).toBe('1');
    const others = (await redis.keys('*')).filter((key) => !key.startsWith('{mine}:'));
    expect(others).toEqual(['of-someone-else']);
  });

  it.each<[string, (root: string) => Promise<Environment>, string, RegExp]>([
    ['the port is in use', occupiedPort, 'PORT_IN_USE', /port/],
    [
      'the address is of another machine',
      async () => ({ FARM_LOCAL_HOST: '192.0.2.1' }),
      'CONFIG_INVALID',
      /local\.host/,
    ],
    [
      'REDIS_URL leads nowhere',
      async () => ({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` }),
      'REDIS_UNREACHABLE',
      /does not answer/,
    ],
    [
      'farm.yml is malformed',
      async (root) => {
        writeFileSync(join(root, 'farm.yml'), 'local: ][');
        return {};
      },
      'CONFIG_INVALID',
      /farm\.yml/,
    ],
    ['an override is malformed', async () => ({ FARM_LOCAL_MAXREPLICAS: 'many' }), 'CONFIG_INVALID', /maxReplicas/],
    [
      'a handler is missing',
      async (root) => {
        rmSync(join(root, 'functions'), { recursive: true });
        return {};
      },
      'CONFIG_INVALID',
      /functions\/tiny/,
    ],
  ])('says so and leaves nothing when %s', async (_, prepare, code, message) => {
    const { root, ensure, state } = farmProject();
    const overrides = await prepare(root);
    await expect(ensure({ overrides })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(findFarm(state)).toBeNull();
  });
});

async function occupiedPort(): Promise<Environment> {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => other.close(() => resolve())));
  return { FARM_LOCAL_PORT: String(port) };
}
