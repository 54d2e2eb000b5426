import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScaleDown } from '#autoscaler/loop/scale-down.ts';
import { VirtualClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { MemoryFarm } from '../support/memory-farm.ts';
import { whileTimePasses } from '../support/passing-time.ts';

const TIMEOUT_MS = 5_000;

function setUp(workers: number): { farm: MemoryFarm; clock: VirtualClock; scaleDown: ScaleDown } {
  const clock = new VirtualClock();
  const farm = new MemoryFarm(clock, workers);
  let orders = 0;
  const newOrder = (): string => `order-${(orders += 1)}`;
  const scaleDown = new ScaleDown({ drain: farm.drain, scaler: farm.scaler, clock, log: silentLogger, newOrder });
  return { farm, clock, scaleDown };
}

describe('ScaleDown', () => {
  test('waits for its workers, then lowers the replicas by exactly those', async () => {
    const { farm, clock, scaleDown } = setUp(4);
    const result = scaleDown.run({ replicas: 2, from: 4, timeoutMs: TIMEOUT_MS });
    await clock.advance(50);
    expect(farm.applied).toEqual([]);
    expect(farm.ordered).toEqual(['w3', 'w4']);
    expect(await whileTimePasses(clock, result)).toEqual({
      drained: 2,
      withdrawn: 0,
      granted: 2,
      outcome: 'down',
      because: '2 of 2 drained',
      failure: null,
    });
    expect(farm.applied).toEqual([2]);
    expect(farm.workers.map(({ id }) => id)).toEqual(['w1', 'w2']);
    expect(farm.withdrawals).toEqual([]);
  });

  test.each([
    ['one of two in time', [100, null], { drained: 1, withdrawn: 1, granted: 3, outcome: 'down' }, [3]],
    ['one of two too late', [100, TIMEOUT_MS + 500], { drained: 1, withdrawn: 1, granted: 3, outcome: 'down' }, [3]],
    ['none in time', [null, null], { drained: 0, withdrawn: 2, granted: null, outcome: 'withdrawn' }, []],
  ])('gives back whoever is not drained: %s', async (_case, drainMs, expected, applied) => {
    const { farm, clock, scaleDown } = setUp(4);
    farm.workers[2]!.drainMs = drainMs[0]!;
    farm.workers[3]!.drainMs = drainMs[1]!;
    const run = scaleDown.run({ replicas: 2, from: 4, timeoutMs: TIMEOUT_MS });
    expect(await whileTimePasses(clock, run)).toMatchObject(expected);
    expect(farm.applied).toEqual(applied);
    expect(farm.ordered).toEqual([]);
  });

  test('a failed apply withdraws the drained ones as well', async () => {
    const { farm, clock, scaleDown } = setUp(3);
    farm.applyFails = true;
    expect(await whileTimePasses(clock, scaleDown.run({ replicas: 2, from: 3, timeoutMs: TIMEOUT_MS }))).toMatchObject({
      drained: 1,
      withdrawn: 1,
      granted: 3,
      outcome: 'failed',
      because: 'the scale-down failed: the gateway answered 500',
    });
    expect(farm.ordered).toEqual([]);
    expect(farm.replicas).toBe(3);
  });

  test('a worker whose process ended counts as drained', async () => {
    const { farm, clock, scaleDown } = setUp(2);
    farm.workers[1]!.drainMs = null;
    const run = scaleDown.run({ replicas: 1, from: 2, timeoutMs: TIMEOUT_MS });
    await clock.advance(10);
    farm.acknowledge('order-1', 'w2', 'stopped');
    expect(await whileTimePasses(clock, run)).toMatchObject({ drained: 1, granted: 1, outcome: 'down' });
  });

  test('somebody scaled down meanwhile: never under what was planned', async () => {
    const { farm, clock, scaleDown } = setUp(4);
    const run = scaleDown.run({ replicas: 3, from: 4, timeoutMs: TIMEOUT_MS });
    await clock.advance(10);
    await farm.scaler.apply({ replicas: 3 });
    farm.applied.length = 0;
    expect(await whileTimePasses(clock, run)).toMatchObject({ granted: 3, outcome: 'down' });
    expect(farm.applied).toEqual([]);
  });

  test('a call-off gives the workers back at once and asks nothing of the platform', async () => {
    const { farm, clock, scaleDown } = setUp(4);
    for (const worker of farm.workers) worker.drainMs = 3_000;
    const run = scaleDown.run({ replicas: 2, from: 4, timeoutMs: TIMEOUT_MS });
    await clock.advance(1_000);
    expect(scaleDown.open).toBe(true);
    await scaleDown.cancel();
    expect(await run).toMatchObject({ drained: 0, withdrawn: 2, granted: null, outcome: 'withdrawn' });
    expect(farm.ordered).toEqual([]);
    await clock.advance(20_000);
    expect(farm.applied).toEqual([]);
    expect(scaleDown.open).toBe(false);
  });

  test('after the platform was asked a call-off waits for its answer', async () => {
    const { farm, clock, scaleDown } = setUp(2);
    const run = scaleDown.run({ replicas: 1, from: 2, timeoutMs: TIMEOUT_MS });
    await clock.advance(50);
    farm.gatewayMood = 'silent';
    await clock.advance(1_000);
    let cancelled = false;
    const cancel = scaleDown.cancel().then(() => (cancelled = true));
    await clock.advance(1_000);
    expect(cancelled).toBe(false);
    farm.gatewayMood = 'well';
    await clock.advance(1_000);
    await cancel;
    expect(await run).toMatchObject({ outcome: 'down', granted: 1 });
  });

  test('replicas without any living worker go without being asked', async () => {
    const { farm, clock, scaleDown } = setUp(0);
    farm.lifeless = 6;
    expect(await whileTimePasses(clock, scaleDown.run({ replicas: 4, from: 6, timeoutMs: TIMEOUT_MS }))).toMatchObject({
      drained: 0,
      granted: 4,
      outcome: 'down',
      because: 'no worker is alive to be asked',
    });
  });

  test('workers that all stand under orders already are left alone', async () => {
    const { farm, clock, scaleDown } = setUp(2);
    for (const worker of farm.workers) worker.order = 'by hand';
    expect(await whileTimePasses(clock, scaleDown.run({ replicas: 1, from: 2, timeoutMs: TIMEOUT_MS }))).toMatchObject({
      granted: null,
      outcome: 'withdrawn',
      because: 'no worker was free to be asked',
    });
    expect(farm.applied).toEqual([]);
  });

  test('whatever workers, platform and callers do: only drained workers go, and nobody is left under an order', async () => {
    const course = fc.record({
      drainMs: fc.array(fc.option(fc.integer({ min: 0, max: 8_000 }), { nil: null }), { minLength: 1, maxLength: 8 }),
      count: fc.integer({ min: 1, max: 8 }),
      applyFails: fc.boolean(),
      cancelAtMs: fc.option(fc.integer({ min: 0, max: 6_000 }), { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(course, async ({ drainMs, count, applyFails, cancelAtMs }) => {
        const from = drainMs.length;
        const { farm, clock, scaleDown } = setUp(from);
        farm.applyFails = applyFails;
        drainMs.forEach((ms, i) => (farm.workers[i]!.drainMs = ms));
        const drainedAtMost = drainMs.filter((ms) => ms !== null && ms <= TIMEOUT_MS).length;
        const replicas = Math.max(0, from - count);
        const run = scaleDown.run({ replicas, from, timeoutMs: TIMEOUT_MS });
        if (cancelAtMs !== null) {
          await clock.advance(cancelAtMs);
          await scaleDown.cancel();
        }
        const result = await whileTimePasses(clock, run);
        const gone = from - farm.replicas;
        expect(gone).toBeLessThanOrEqual(Math.min(drainedAtMost, count));
        expect(farm.replicas).toBeGreaterThanOrEqual(replicas);
        expect(result.drained + result.withdrawn).toBeGreaterThanOrEqual(Math.min(count, from));
        expect(gone === 0).toBe(result.outcome !== 'down');
        expect(farm.ordered).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
