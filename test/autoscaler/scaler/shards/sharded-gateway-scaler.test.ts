import { afterEach, describe, expect, test } from 'vitest';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { StepTime } from '#autoscaler/scaler/patience.ts';
import { ShardedGatewayScaler } from '#autoscaler/scaler/shards/sharded-gateway-scaler.ts';
import { SECOND, SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import { scalerContract } from '../../../contract/scaler.ts';
import { credentials, deployReady, testGateway } from '../../../local/gateway/support/test-gateway.ts';
import { FakeOpenFaas } from '../../support/fake-openfaas.ts';

const first = {
  service: 'worker',
  image: 'ghcr.io/farmhand/worker:0.1.0',
  envVars: { FARM_FUNCTION: 'worker', healthcheck_interval: '28s' },
  secrets: ['redis-url', 'farm-token'],
  labels: { 'com.openfaas.scale.min': '1' },
  limits: { memory: '512Mi' },
  readOnlyRootFilesystem: true,
};

let gateway: FakeOpenFaas | null = null;
afterEach(async () => {
  await gateway?.stop();
  gateway = null;
});

function scalerFor(url: string, parts: { shards: number; stepTime?: StepTime }): ShardedGatewayScaler {
  const client = new GatewayClient({
    ...{ url, namespace: 'openfaas-fn', timeoutMs: 5 * SECOND },
    ...credentials,
  });
  return new ShardedGatewayScaler({
    ...{ gateway: client, functionName: 'worker', shards: parts.shards, perShard: 5 },
    ...{ clock: new SystemClock(), log: silentLogger, stepTime: parts.stepTime ?? new StepTime() },
  });
}

async function start(
  shards = 7,
  stepTime = new StepTime(),
): Promise<{ openFaas: FakeOpenFaas; scaler: ShardedGatewayScaler }> {
  const openFaas = await new FakeOpenFaas().start();
  gateway = openFaas;
  openFaas.deploy(first);
  return { openFaas, scaler: scalerFor(openFaas.url, { shards, stepTime }) };
}

/** Names of so many workers of a function, as the queue knows them. */
const workersOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}-${name}-6d4b9-pod${i}-a1b2c3`);

scalerContract('ShardedGatewayScaler at the local gateway that grants 5', async () => {
  const local = await testGateway({ maxReplicas: 5 });
  await deployReady(local, { service: 'worker', image: 'plain' });
  return {
    scaler: scalerFor(local.url, { shards: 2 }),
    cap: 10,
    async settled() {
      await local.untilReady('worker', { timeoutMs: 60 * SECOND });
    },
    stop: () => local.stop(),
  };
});

describe('ShardedGatewayScaler', () => {
  test('reaches 32 on 7 functions and goes back to 1, the last shard always first', async () => {
    const { openFaas, scaler } = await start();
    for (let replicas = 2; replicas <= 32; replicas += 1) {
      expect(await scaler.apply({ replicas })).toEqual({ requested: replicas, granted: replicas });
      expect(Object.keys(openFaas.spread)).toHaveLength(Math.ceil(replicas / 5));
    }
    expect(openFaas.spread).toEqual({
      ...{ worker: 5, 'worker-2': 5, 'worker-3': 5, 'worker-4': 5, 'worker-5': 5, 'worker-6': 5, 'worker-7': 2 },
    });
    expect(await scaler.read()).toMatchObject({ desired: 32, granted: 32, ready: 32, active: 32, limit: null });
    for (let replicas = 31; replicas >= 1; replicas -= 1) {
      const last = Object.keys(openFaas.spread).at(-1)!;
      expect(await scaler.apply({ replicas, drained: workersOf(last, 1) })).toMatchObject({ granted: replicas });
      expect(Object.keys(openFaas.spread)).toHaveLength(Math.ceil(replicas / 5));
    }
    expect(openFaas.spread).toEqual({ worker: 1 });
    expect(openFaas.changes.filter((change) => change.includes('"replicas":0'))).toEqual([]);
  });

  test('a shard is the first one’s like, under its own name', async () => {
    const { openFaas, scaler } = await start();
    await scaler.apply({ replicas: 6 });
    expect(openFaas.functions.get('worker-2')?.definition).toEqual({
      ...{ ...first, service: 'worker-2', namespace: 'openfaas-fn' },
      envVars: { ...first.envVars, FARM_FUNCTION: 'worker-2' },
    });
  });

  test('goes up by several shards at once, and down by several where all of them are drained', async () => {
    const { openFaas, scaler } = await start();
    expect(await scaler.apply({ replicas: 17 })).toEqual({ requested: 17, granted: 17 });
    expect(openFaas.spread).toEqual({ worker: 5, 'worker-2': 5, 'worker-3': 5, 'worker-4': 2 });
    const drained = [...workersOf('worker-4', 2), ...workersOf('worker-3', 5), ...workersOf('worker-2', 1)];
    expect(await scaler.apply({ replicas: 9, drained })).toEqual({ requested: 9, granted: 9 });
    expect(openFaas.spread).toEqual({ worker: 5, 'worker-2': 4 });
  });

  test('takes nothing from a shard whose workers are not drained', async () => {
    const { openFaas, scaler } = await start();
    await scaler.apply({ replicas: 12 });
    expect(await scaler.apply({ replicas: 9, drained: workersOf('worker-2', 3) })).toMatchObject({ granted: 9 });
    expect(openFaas.spread).toEqual({ worker: 5, 'worker-2': 2, 'worker-3': 2 });
    expect(await scaler.apply({ replicas: 8, drained: ['somebody-else'] })).toEqual({ requested: 8, granted: 9 });
    expect((await scaler.read()).limit).toBeNull();
  });

  test('ranks workers by their shard', async () => {
    const { scaler } = await start();
    const workers = [...workersOf('worker', 1), ...workersOf('worker-3', 1), ...workersOf('worker-2', 1)];
    expect(workers.map((worker) => scaler.rankOf(worker))).toEqual([0, 2, 1]);
  });

  test.each([
    ['errors', [500, 500]],
    ['answers that are lost', ['lost', 'lost', 'lost']],
  ] as const)('outlasts %s', async (_case, mishaps) => {
    const { openFaas, scaler } = await start();
    openFaas.mishaps = [...mishaps];
    expect(await scaler.apply({ replicas: 12 })).toEqual({ requested: 12, granted: 12 });
    openFaas.mishaps = [...mishaps];
    const drained = [...workersOf('worker-3', 2), ...workersOf('worker-2', 4)];
    expect(await scaler.apply({ replicas: 6, drained })).toEqual({ requested: 6, granted: 6 });
    expect(openFaas.spread).toEqual({ worker: 5, 'worker-2': 1 });
  });

  test('completes what an earlier change could not', async () => {
    const stepTime = new StepTime(0.2);
    const { openFaas, scaler } = await start(7, stepTime);
    openFaas.mishaps = Array<500>(20).fill(500);
    // So short a time may also be over before the gateway's answer.
    const code = expect.stringMatching(/^GATEWAY_(REFUSED|UNREACHABLE)$/) as string;
    await expect(scaler.apply({ replicas: 12 })).rejects.toMatchObject({ code });
    openFaas.mishaps = [];
    stepTime.pace(60);
    expect(await scaler.apply({ replicas: 12 })).toEqual({ requested: 12, granted: 12 });
    expect(Object.values(openFaas.spread).reduce((sum, replicas) => sum + replicas)).toBe(12);
  });

  test('brings shards along when the first one was updated', async () => {
    const { openFaas, scaler } = await start();
    await scaler.apply({ replicas: 7 });
    openFaas.functions.set('worker', { definition: { ...first, image: 'worker:0.2.0' }, replicas: 5 });
    await scaler.apply({ replicas: 8 });
    expect(openFaas.functions.get('worker-2')?.definition).toMatchObject({ image: 'worker:0.2.0' });
    expect(openFaas.spread).toEqual({ worker: 5, 'worker-2': 3 });
    const updates = openFaas.changes.filter((change) => change.startsWith('PUT'));
    await scaler.apply({ replicas: 9 });
    expect(openFaas.changes.filter((change) => change.startsWith('PUT'))).toEqual(updates);
  });

  test('does not believe the empty 200 of an update that was dropped', async () => {
    const { openFaas, scaler } = await start();
    await scaler.apply({ replicas: 7 });
    openFaas.privateImages.add('worker:0.2.0');
    openFaas.functions.set('worker', { definition: { ...first, image: 'worker:0.2.0' }, replicas: 5 });
    await expect(scaler.apply({ replicas: 8 })).rejects.toMatchObject({
      code: 'GATEWAY_REFUSED',
      message: expect.stringMatching(/worker-2 was to be updated to worker:0\.2\.0/) as string,
    });
  });

  test('asks for no more than there is room for, and says so', async () => {
    const { scaler } = await start(2);
    expect(await scaler.apply({ replicas: 32 })).toEqual({ requested: 32, granted: 10 });
    expect(await scaler.read()).toMatchObject({ desired: 32, granted: 10, limit: 10 });
  });

  test('300 random steps: never an undrained worker’s replica, never 0 or 6 of a function', async () => {
    const { openFaas, scaler } = await start();
    const rng = new Sfc32(6);
    let lost = 0;
    let drained: string[] = [];
    let before = openFaas.spread;
    openFaas.onChange = (name, replicas) => {
      const fewer = (before[name] ?? 0) - replicas;
      before = { ...before, [name]: replicas };
      const itsDrained = drained.filter((member) => scaler.rankOf(member) === ranked(name)).length;
      if (fewer > itsDrained) lost += 1;
    };
    const ranked = (name: string): number => scaler.rankOf(`${name}-x`);
    for (let step = 0; step < 300; step += 1) {
      const from = Object.values(openFaas.spread).reduce((sum, replicas) => sum + replicas);
      const replicas = 1 + rng.int(32);
      const all = Object.entries(openFaas.spread).flatMap(([name, count]) => workersOf(name, count));
      drained = replicas < from ? all.filter(() => rng.float() < 0.6) : [];
      const { granted } = await scaler.apply(replicas < from ? { replicas, drained } : { replicas });
      const now = Object.values(openFaas.spread);
      expect(now.reduce((sum, count) => sum + count)).toBe(granted);
      expect(Math.min(...now)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...now)).toBeLessThanOrEqual(5);
      expect(granted).toBeGreaterThanOrEqual(Math.min(from, replicas));
    }
    expect(lost).toBe(0);
  });
});
