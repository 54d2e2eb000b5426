import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { grantReplicas, replicasAfterUpdate, scaleRules } from '../../../local/gateway/scale-rules.ts';
import { liveReplicas } from './support/live-replicas.ts';
import { deployReady, testGateway } from './support/test-gateway.ts';

const min = 'com.openfaas.scale.min';
const max = 'com.openfaas.scale.max';

describe('what is granted', () => {
  test.each([
    { name: 'without a cap, what is asked', labels: {}, cap: null, asked: 32, granted: 32 },
    { name: 'without a cap, none', labels: {}, cap: null, asked: 0, granted: 0 },
    { name: 'with a cap of 5, none becomes 1', labels: {}, cap: 5, asked: 0, granted: 1 },
    { name: 'with a cap of 5, 5', labels: {}, cap: 5, asked: 5, granted: 5 },
    { name: 'with a cap of 5, 6 becomes 5', labels: {}, cap: 5, asked: 6, granted: 5 },
    {
      name: 'labels do not bind who scales by hand',
      labels: { [min]: '2', [max]: '4' },
      cap: null,
      asked: 9,
      granted: 9,
    },
    { name: 'min = max pins', labels: { [min]: '1', [max]: '1' }, cap: null, asked: 7, granted: 1 },
    { name: 'min = max pins against none too', labels: { [min]: '2', [max]: '2' }, cap: 5, asked: 0, granted: 2 },
  ])('$name', ({ labels, cap, asked, granted }) => {
    expect(grantReplicas(asked, scaleRules(labels, cap))).toBe(granted);
  });

  test.each([
    { name: 'the present number', labels: {}, present: 7, after: 7 },
    { name: 'none becomes one', labels: {}, present: 0, after: 1 },
    { name: 'up to min', labels: { [min]: '3' }, present: 1, after: 3 },
    { name: 'down to max', labels: { [max]: '3' }, present: 8, after: 3 },
  ])('an update keeps the replicas within the labels: $name', ({ labels, present, after }) => {
    expect(replicasAfterUpdate(present, scaleRules(labels, null))).toBe(after);
  });

  test('with a cap of 5 a label above it is refused, as by the Community Edition', () => {
    expect(() => scaleRules({ [max]: '6' }, 5)).toThrow('expected a whole number from 1 to 5');
  });
});

test('the Community Edition’s clamp is silent: 202, and the status tells', async () => {
  const gateway = await testGateway({ maxReplicas: 5 });
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const scale = async (replicas: number) => {
    const body = { serviceName: 'fn', replicas };
    const response = await gateway.call('/system/scale-function/fn', { method: 'POST', body });
    return [response.status, gateway.functions()[0]?.replicas];
  };
  expect(await scale(8)).toEqual([202, 5]);
  expect(await scale(0)).toEqual([202, 1]);
  expect(await scale(3)).toEqual([202, 3]);
});

test.each([
  { name: 'no number', body: { replicas: 'x' } },
  { name: 'nothing', body: {} },
  { name: 'a fraction', body: { replicas: 1.5 } },
  { name: 'less than none', body: { replicas: -1 } },
  { name: 'more than a machine can hold', body: { replicas: 1001 } },
])('a request to scale to $name is 400', async ({ body }) => {
  const gateway = await testGateway({ concurrentStarts: 0 });
  await gateway.deploy({ service: 'fn', image: 'plain' });
  const response = await gateway.call('/system/scale-function/fn', { method: 'POST', body });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('replicas: expected a whole number from 0 to 1000');
});

test('scaling an unknown function is 404', async () => {
  const gateway = await testGateway();
  const response = await gateway.call('/system/scale-function/fn', { method: 'POST', body: { replicas: 1 } });
  expect(response.status).toBe(404);
});

test('an invocation of a function without replicas brings it back and is answered', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'slow', labels: { [min]: '2' } });
  gateway.scale('fn', 0);
  await until('no process is left', () => liveReplicas(gateway).length === 0);
  const statuses = await Promise.all([1, 2, 3].map(async () => (await gateway.call('/function/fn')).status));
  expect(statuses).toEqual([200, 200, 200]);
  expect(gateway.functions()[0]?.replicas).toBe(2);
});

test('scale-down asks first: the replica that took itself out goes, though it is not the youngest', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 3 });
  const pids = liveReplicas(gateway);
  const drained = Number(await gateway.get('/function/fn/pid'));
  // The next three calls go round, so the fourth reaches the first replica again.
  await gateway.get('/function/fn/pid');
  await gateway.get('/function/fn/pid');
  await gateway.get('/function/fn/unready');
  gateway.scale('fn', 2);
  await until('one is gone', () => gateway.exits.length === 1);
  expect(liveReplicas(gateway)).toEqual(pids.filter((pid) => pid !== drained));
  expect(gateway.exits[0]).toMatchObject({ fn: 'fn', code: 0, signal: null, expected: true });
});

test('with all ready the youngest goes', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const [eldest] = liveReplicas(gateway);
  gateway.scale('fn', 3);
  await gateway.untilReady('fn', { timeoutMs: 9000 });
  gateway.scale('fn', 1);
  await until('one is left', () => liveReplicas(gateway).length === 1);
  expect(liveReplicas(gateway)).toEqual([eldest]);
});

test('whatever is asked for in whatever order, exactly the last number of processes is left', async () => {
  const gateway = await testGateway({ concurrentStarts: 3 });
  await gateway.deploy({ service: 'fn', image: 'plain' });
  const step = fc.record({ replicas: fc.integer({ min: 0, max: 5 }), kill: fc.boolean(), wait: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      for (const { replicas, kill, wait } of steps) {
        gateway.scale('fn', replicas);
        if (wait) await gateway.untilReady('fn', { timeoutMs: 9000 });
        const victim = liveReplicas(gateway)[0];
        if (kill && victim !== undefined) process.kill(victim, 'SIGKILL');
      }
      const last = steps.at(-1)!.replicas;
      await gateway.untilReady('fn', { timeoutMs: 9000 });
      await until(`exactly ${last} processes run`, async () => {
        await gateway.untilReady('fn', { timeoutMs: 9000 });
        return liveReplicas(gateway).length === last;
      });
    }),
    { numRuns: 4 },
  );
}, 60_000);
