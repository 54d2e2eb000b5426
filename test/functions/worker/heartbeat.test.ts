import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { Heartbeat } from '../../../functions/worker/heartbeat.ts';
import { claimed, enqueue } from '../../contract/queue.ts';
import { clock, openTestFarm, type TestFarm } from '../../support/farm.ts';
import { claimsInHands } from '../../support/hands.ts';
import { until } from '../../support/until.ts';

let farm: TestFarm;
beforeEach(async () => {
  farm = await openTestFarm('queue: {leaseS: 1}');
});
afterEach(async () => {
  await farm.close();
});

/** Keeps this thread from doing anything else, without using the processor. */
function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function heartbeat(maxHoldMs: number): Heartbeat {
  const settings = {
    redisUrl: farm.url,
    farm: farm.config.farm,
    worker: 'w',
    leaseMs: 1_000,
    maxAttempts: 5,
    maxHoldMs,
  };
  const beat = (ids: readonly string[]): Promise<number> => farm.source.beat('w', ids);
  return new Heartbeat(settings, { clock, log: silentLogger, beat });
}

/** When the one lease that is held runs out. */
const lease = async (): Promise<number> => (await claimsInHands(farm.redis, farm.keys))[0]?.leaseExpiresAt ?? 0;

it('keeps the lease of a worker whose main thread is busy for longer than a lease', async () => {
  await enqueue(farm, 'a');
  const claim = claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
  const beats = heartbeat(60_000);
  try {
    beats.held('a', { yields: false });
    // The first beat may still have to load its thread; from then on this thread is not needed.
    await until('it beats', async () => (await lease()) > claim.leaseExpiresAt);
    // Asked before this thread does anything else. A pause of the whole machine is no beat of its heart, so it has more tries.
    await until('it beats while this thread is busy', async () => {
      const before = await lease();
      blockThread(1_500);
      return (await lease()) > before + 1_000;
    });
  } finally {
    await beats.stop();
  }
});

it("keeps the lease of a kind that yields, from the main thread's own timer", async () => {
  await enqueue(farm, 'a');
  const claim = claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
  const beats = heartbeat(60_000);
  try {
    beats.held('a', { yields: true });
    await until('it has beaten three times', async () => (await lease()) > claim.leaseExpiresAt + 900);
    beats.free('a');
    await until('the lease runs out', async () => (await farm.source.reclaim()).returned === 1);
  } finally {
    await beats.stop();
  }
});

it('lets the lease of a stuck worker run out', async () => {
  await enqueue(farm, 'a');
  claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
  const beats = heartbeat(400);
  try {
    beats.held('a', { yields: false });
    const { returned } = await until('it is reclaimed', async () => {
      const reclaimed = await farm.source.reclaim();
      return reclaimed.returned > 0 ? reclaimed : null;
    });
    expect(returned).toBe(1);
  } finally {
    await beats.stop();
  }
});
