import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ContinualCalibration } from '#autoscaler/run/continual/continual-calibration.ts';
import { farmProfile } from '#autoscaler/run/continual/farm-profile.ts';
import { redisFarmProfiles, type FarmProfiles } from '#autoscaler/run/continual/farm-profiles.ts';
import { openSimulated } from '#autoscaler/run/environments.ts';
import { scenarioFrom, scenarioSchema } from '#autoscaler/run/scenario.ts';
import { farmhandProfile } from '#autoscaler/sim/profiles/farmhand.ts';
import { MINUTE, VirtualClock } from '#shared/clock.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { silentLogger } from '#shared/log.ts';
import type { TaskRecord } from '#shared/task.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { testRedis, type TestRedis } from '../../../support/redis.ts';
import { LOG_START, recordOf } from '../support/farm-logs.ts';

let redis: Redis;
const farms: TestRedis[] = [];

beforeAll(() => {
  redis = new Redis(inject('redisUrl'));
});

afterAll(async () => {
  redis.disconnect();
  for (const farm of farms) await farm.close();
});

async function ownProfiles(): Promise<FarmProfiles> {
  const farm = await testRedis();
  farms.push(farm);
  return redisFarmProfiles({ redis, farm: farm.prefix });
}

/** Tasks a second apart for one worker, each claimed `claimMs` after it came. */
function tasksOf(count: number, claimMs: number): TaskRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const generatedAt = i * 1000;
    const claimedAt = generatedAt + claimMs;
    const times = { generatedAt, claimedAt, finishedAt: claimedAt + 101, collectedAt: claimedAt + 103 };
    return recordOf({ id: `task-${i}`, serviceMs: 100, ...times });
  });
}

/** Newest first, as an archive has them. */
function archiveOf(records: () => readonly TaskRecord[]) {
  return {
    records: async ({ offset, limit }: { offset: number; limit: number }) => ({
      total: records().length,
      records: records()
        .toReversed()
        .slice(offset, offset + limit),
    }),
  };
}

function calibrationOf(profiles: FarmProfiles, records: () => readonly TaskRecord[]) {
  const clock = new VirtualClock(LOG_START + 10 * MINUTE);
  const calibration = new ContinualCalibration({
    archive: archiveOf(records),
    journal: { list: async () => [] },
    ...{ profiles, clock, prior: farmhandProfile, log: silentLogger, leads: () => true },
  });
  return { calibration, clock };
}

describe('continual calibration', () => {
  test('fits the farm’s own times, version by version, and only when there is something new', async () => {
    const profiles = await ownProfiles();
    let records = tasksOf(10, 2);
    const { calibration } = calibrationOf(profiles, () => records);
    expect(await calibration.fit(), 'ten tasks tell too little').toBeNull();
    records = tasksOf(250, 2);
    const first = await calibration.fit();
    expect(first).toMatchObject({ version: 1, profile: { name: 'farm', provenance: { known: 'farmhand' } } });
    expect(new Set((first!.profile.claim as { ms: number[] }).ms)).toEqual(new Set([2]));
    expect(first!.profile.start).toEqual(farmhandProfile.start);
    expect(await calibration.fit(), 'nothing new').toBeNull();
    records = [...records, ...tasksOf(300, 7).slice(250)];
    expect(await calibration.fit()).toMatchObject({ version: 2, profile: { provenance: { known: 'farm' } } });
    expect((await profiles.history()).map(({ version }) => version)).toEqual([2, 1]);
    expect(await profiles.latest()).toMatchObject({ version: 2 });
  });

  test('runs by itself, and stops', async () => {
    const profiles = await ownProfiles();
    const { calibration, clock } = calibrationOf(profiles, () => tasksOf(100, 2));
    calibration.start();
    await clock.advance(5 * MINUTE);
    await expect.poll(() => profiles.latest()).toMatchObject({ version: 1 });
    await calibration.stop();
    await calibration.stop();
  });

  test('an entry of another version is passed over', async () => {
    const farm = await testRedis();
    farms.push(farm);
    const profiles = redisFarmProfiles({ redis, farm: farm.prefix });
    await profiles.append({ profile: farmhandProfile, at: 1 });
    await redis.lpush(`{${farm.prefix}}:profiles`, '2\n{"profile":{}}', 'nonsense');
    expect(await profiles.latest()).toMatchObject({ version: 1, profile: farmhandProfile });
  });
});

describe('the profile farm', () => {
  const config = farmConfigSchema.parse({});
  const choices = {
    workload: findWorkload('quick', config),
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  } as const;

  test('is refused until there is one', async () => {
    await expect(farmProfile(await ownProfiles())).rejects.toMatchObject({ code: 'UNKNOWN_PROFILE' });
  });

  test('goes into a scenario whole, and out into a simulated farm', async () => {
    const profiles = await ownProfiles();
    await profiles.append({ profile: { ...farmhandProfile, claim: { kind: 'constant', ms: 5_000 } }, at: 1 });
    const slow = scenarioFrom(config, { ...choices, ...(await farmProfile(profiles)) });
    expect(scenarioSchema.parse(JSON.parse(JSON.stringify(slow)))).toEqual(slow);
    const usual = scenarioFrom(config, { ...choices, profile: 'farmhand' });
    const met = [slow, usual].map((scenario) => {
      const environment = openSimulated(scenario);
      environment.reset({ seed: 1 });
      for (let step = 0; step < 15; step += 1) environment.step(1);
      return environment.step(1).info.counts.met;
    });
    expect(met[0]).toBeLessThan(met[1]! / 2);
  });

  test('farm needs its figures, and no other profile takes any', () => {
    const scenario = scenarioFrom(config, { ...choices, profile: 'farmhand' });
    expect(scenarioSchema.safeParse({ ...scenario, profile: 'farm' }).success).toBe(false);
    expect(scenarioSchema.safeParse({ ...scenario, timing: farmhandProfile }).success).toBe(false);
  });
});
