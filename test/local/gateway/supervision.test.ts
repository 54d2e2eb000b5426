import { expect, test } from 'vitest';
import { MINUTE, SECOND, SystemClock, type Clock } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import { until } from '../../support/until.ts';
import { liveReplicas } from './support/live-replicas.ts';
import { deployReady, fixtureLaunch, testGateway } from './support/test-gateway.ts';

const clock = new SystemClock();

/** For a clock that only sleeps otherwise. */
const timesOf = (real: Clock): Pick<Clock, 'monotonic' | 'farmTime'> => ({
  monotonic: () => real.monotonic(),
  farmTime: () => real.farmTime(),
});

test('a killed replica is reported at once and replaced under a new name', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 2 });
  const [victim] = liveReplicas(gateway);
  process.kill(victim!, 'SIGKILL');
  const exit = await until('the exit is reported', () => gateway.exits[0]);
  expect(exit).toEqual({
    fn: 'fn',
    instance: expect.stringMatching(/^fn-[a-z0-9]{8}$/) as string,
    code: null,
    signal: 'SIGKILL',
    expected: false,
  });
  await gateway.untilReady('fn', { timeoutMs: 9000 });
  await until('two processes run again', () => liveReplicas(gateway).length === 2);
  expect(liveReplicas(gateway)).not.toContain(victim);
});

test('a replica that ends by itself is reported with its code and started again', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  expect((await gateway.call('/function/fn/exit?code=7')).status).toBe(502);
  await until('it was reported', () => gateway.exits.some(({ code, expected }) => code === 7 && !expected));
  expect((await gateway.call('/function/fn')).status).toBe(200);
});

test('a replica that keeps crashing is started again ever more slowly', async () => {
  const gateway = await testGateway();
  const at: number[] = [];
  await gateway.deploy({ service: 'fn', image: 'crasher' });
  await until('it has crashed four times', () => {
    if (gateway.exits.length > at.length) at.push(clock.monotonic());
    return at.length === 4;
  });
  // At least 50, 100 and 200 ms lie between them (back-off.test.ts has the rule).
  const [first = 0, second = 0, third = 0, fourth = 0] = at;
  expect(second - first).toBeGreaterThan(50);
  expect(third - second).toBeGreaterThan(100);
  expect(fourth - third).toBeGreaterThan(200);
  await expect(gateway.untilReady('fn', { timeoutMs: 50 })).rejects.toThrow(/fn: 0 of 1 replicas ready after 0.05 s/);
});

test('a program that does not exist is reported, not fatal, and its log says why', async () => {
  const launch = { ...fixtureLaunch('plain'), command: '/nowhere/node' };
  const gateway = await testGateway({
    launch: { gone: launch, nowhere: { ...fixtureLaunch('plain'), cwd: '/nowhere' } },
  });
  await gateway.deploy({ service: 'a', image: 'gone' });
  await gateway.deploy({ service: 'b', image: 'nowhere' });
  await until('both were tried', () => ['a', 'b'].every((fn) => gateway.exits.some((exit) => exit.fn === fn)));
  expect(gateway.exits[0]).toMatchObject({ code: null, signal: null, expected: false });
  expect(await gateway.get('/system/logs?name=a')).toContain('ENOENT');
});

test('a replica that announces no port is killed and tried again', async () => {
  const sleep = async (ms: number, signal?: AbortSignal) => clock.sleep(ms === 30_000 ? 200 : ms, signal);
  const gateway = await testGateway({ clock: { ...timesOf(clock), sleep } });
  await gateway.deploy({ service: 'fn', image: 'mute' });
  const exit = await until('it was killed', () => gateway.exits[0]);
  expect(exit).toMatchObject({ signal: 'SIGKILL', expected: false });
  expect(await gateway.get('/system/logs?name=fn')).toContain('not listening 30 s after its start');
});

test('a replica that ignores SIGTERM is killed when the grace is over', async () => {
  const graces = { running: 0, most: 0 };
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms < 30 * MINUTE) return clock.sleep(ms, signal);
    graces.running += 1;
    graces.most = Math.max(graces.most, graces.running);
    await clock.sleep(300, signal);
    graces.running -= 1;
  };
  const gateway = await testGateway({ graceS: (60 * MINUTE) / SECOND, clock: { ...timesOf(clock), sleep } });
  await deployReady(gateway, { service: 'fn', image: 'stubborn', replicas: 3 });
  await gateway.stop();
  // Not one after the other.
  expect(graces.most).toBe(3);
  expect(gateway.exits.map(({ signal, expected }) => ({ signal, expected }))).toEqual(
    Array.from({ length: 3 }, () => ({ signal: 'SIGKILL', expected: true })),
  );
  expect(liveReplicas(gateway)).toEqual([]);
});

test('an invocation in flight ends well though its replica is stopped, even where SIGTERM is sudden death', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'abrupt' });
  const slow = gateway.get('/function/fn/sleep?ms=500');
  await until('it is in flight', async () => (await gateway.get('/metrics')).includes('invocation_started{'));
  gateway.scale('fn', 0);
  expect(await slow).toBe('slept');
  await until('the replica is gone', () => liveReplicas(gateway).length === 0);
});

test('so it does when the whole gateway stops, which takes no new ones', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const slow = gateway.get('/function/fn/sleep?ms=500');
  await until('it is in flight', async () => (await gateway.get('/metrics')).includes('invocation_started{'));
  const stopped = gateway.stop();
  expect(await slow).toBe('slept');
  await stopped;
  await expect(gateway.call('/healthz')).rejects.toThrow();
  await expect(gateway.deploy({ service: 'late', image: 'plain' })).rejects.toThrow('the gateway is stopping');
});

test('an event stream is cut, not awaited, when its replica stops', async () => {
  const gateway = await testGateway({ graceS: 30 });
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const stream = await gateway.call('/function/fn/events', { headers: { accept: 'text/event-stream' } });
  const text = stream.text().catch(() => 'cut');
  const startedMs = clock.monotonic();
  await gateway.stop();
  expect(await text).toBe('cut');
  expect(clock.monotonic() - startedMs).toBeLessThan(20_000);
});

test('stop ends what starts, what waits to start and what waits to start again, and is idempotent', async () => {
  const gateway = await testGateway({ concurrentStarts: 1 });
  await gateway.deploy({ service: 'slow', image: 'slow' });
  gateway.scale('slow', 4);
  await gateway.deploy({ service: 'crasher', image: 'crasher' });
  await until('the first one starts', () => liveReplicas(gateway, 'slow').length === 1);
  await Promise.all([gateway.stop(), gateway.stop()]);
  await gateway.stop();
  expect(liveReplicas(gateway)).toEqual([]);
});

test('who waits until a function is ready hears that the gateway stops', async () => {
  const gateway = await testGateway();
  await gateway.deploy({ service: 'fn', image: 'slow' });
  const waiting = gateway.untilReady('fn', { timeoutMs: 9000 });
  const call = gateway.call('/function/fn');
  await until('it waits', async () => (await gateway.get('/metrics')).includes('invocation_started{'));
  const refused = expect(waiting).rejects.toMatchObject({ code: 'START_FAILED' });
  await gateway.stop();
  await refused;
  expect((await call).status).toBe(503);
});

test('no more replicas than allowed start at a time', async () => {
  const gateway = await testGateway({ concurrentStarts: 2 });
  await gateway.deploy({ service: 'fn', image: 'slow' });
  gateway.scale('fn', 5);
  let most = 0;
  await until('all are ready', () => {
    const ready = gateway.functions()[0]?.availableReplicas ?? 0;
    most = Math.max(most, liveReplicas(gateway).length - ready);
    return ready === 5;
  });
  expect(most).toBe(2);
});

test('a replica sees a clean environment: its own, and nothing of the gateway’s', async () => {
  const environment = {
    PATH: '/usr/bin:/bin',
    TZ: 'UTC',
    HOME: '/home/me',
    NODE_OPTIONS: '--no-warnings',
    SECRET: 'x',
  };
  const launch = { plain: { ...fixtureLaunch('plain'), env: { CACHE: 'launch', MODE: 'launch' } } };
  const gateway = await testGateway({ environment, launch });
  const envVars = { MODE: 'deployed', FARM_INSTANCE: 'stolen', PORT: '80' };
  await deployReady(gateway, { service: 'fn', image: 'plain', envProcess: 'cat', envVars });
  expect(JSON.parse(await gateway.get('/function/fn/env'))).toEqual({
    PATH: '/usr/bin:/bin',
    TZ: 'UTC',
    HOME: '/home/me',
    CACHE: 'launch',
    MODE: 'deployed',
    fprocess: 'cat',
    HOST: '127.0.0.1',
    PORT: '0',
    FARM_FUNCTION: 'fn',
    FARM_INSTANCE: expect.stringMatching(/^fn-[a-z0-9]{8}$/) as string,
    FARM_SECRETS_DIR: `${gateway.stateDir}/secret-mounts/fn`,
  });
});

test('an observer of exits that throws harms nobody', async () => {
  const gateway = await testGateway({
    onExit: () => {
      throw new FarmhandError('INTERNAL', 'mine');
    },
  });
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  process.kill(liveReplicas(gateway)[0]!, 'SIGKILL');
  await until('it is noticed', () => gateway.functions()[0]?.availableReplicas === undefined);
  expect((await gateway.call('/function/fn')).status).toBe(200);
});
