import { beforeEach, describe, expect, it } from 'vitest';
import { costReward } from '#autoscaler/env/cost-reward.ts';
import { LiveEnvironment } from '#autoscaler/env/live-environment.ts';
import type { FarmLook, LiveFarm } from '#autoscaler/env/live-farm.ts';
import { actionSet } from '#autoscaler/policy/action-set.ts';
import { VirtualClock } from '#shared/clock.ts';
import { whileTimePasses } from '../support/passing-time.ts';
import { reading } from '../support/sightings.ts';

const [DOWN, SAME, UP] = [0, 1, 2];
const workload = {
  arrivals: [],
  control: { stepDurationS: 8, observationWindowS: 8, initialWorkers: 3, maxSteps: 4 },
};
let clock: VirtualClock;
let farm: FakeFarm;
let abort: AbortController;
let environment: LiveEnvironment;
beforeEach(() => {
  clock = new VirtualClock();
  farm = new FakeFarm(clock);
  abort = new AbortController();
  environment = new LiveEnvironment({
    farm,
    workload,
    actions: actionSet('one', { minWorkers: 1, maxWorkers: 32 }),
    reward: costReward({ lateCost: 60 }),
    clock,
    signal: abort.signal,
  });
});

/** What a farm shows is what a test sets; what it is asked for comes true after a time that a test sets. */
class FakeFarm implements LiveFarm {
  readonly #clock: VirtualClock;
  readonly asked: string[] = [];
  totals = { submitted: 0, emitted: 0, collected: 0, met: 0, dead: 0 };
  workers = 0;
  tasks = 10;
  scalingTakesMs = 100;
  lookTakesMs = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  begin: LiveFarm['begin'] = async ({ seed, workers }) => {
    this.asked.push(`begin ${seed} ${workers}`);
    this.workers = workers;
    return { tasks: this.tasks, baseline: reading({ totals: this.totals }).totals };
  };

  look: LiveFarm['look'] = async (windowMs): Promise<FarmLook> => {
    this.asked.push(`look ${windowMs}`);
    if (this.lookTakesMs > 0) await this.#clock.sleep(this.lookTakesMs);
    const { workers, totals } = this;
    const replicas = { desired: workers, granted: workers, ready: workers, active: workers, parked: 0, limit: null };
    return { reading: reading({ totals }), replicas, ageMs: this.lookTakesMs };
  };

  scale: LiveFarm['scale'] = async ({ replicas, from }) => {
    this.asked.push(`scale ${from} ${replicas}`);
    await this.#clock.sleep(this.scalingTakesMs);
    this.workers = replicas;
    return replicas;
  };

  qosByQuartile: LiveFarm['qosByQuartile'] = async (emitted) => {
    this.asked.push(`qosByQuartile ${emitted}`);
    return [1, 0.75, 0.5, 0.25];
  };

  async release(): Promise<void> {
    this.asked.push('release');
  }

  collect(collected: number, met: number): void {
    const { totals } = this;
    const emitted = totals.emitted + collected;
    this.totals = {
      submitted: emitted,
      emitted,
      collected: totals.collected + collected,
      met: totals.met + met,
      dead: 0,
    };
  }
}

async function reset(options?: { seed?: number }): Promise<void> {
  await environment.reset(options);
}

async function step(action: number): ReturnType<LiveEnvironment['step']> {
  return whileTimePasses(clock, environment.step(action));
}

describe('steps', () => {
  it('end on an absolute axis, however long observing takes', async () => {
    farm.lookTakesMs = 700;
    const begun = whileTimePasses(clock, environment.reset({ seed: 1 }));
    await begun;
    const ends: number[] = [];
    for (let i = 0; i < 3; i += 1) ends.push((await step(SAME)).info.elapsedS);
    expect(ends).toEqual([8.7, 16.7, 24.7]);
  });

  it('end later by whole steps when their caller comes too late', async () => {
    await reset({ seed: 1 });
    await step(SAME);
    await clock.advance(11_000);
    expect((await step(SAME)).info.elapsedS).toBe(24);
  });

  it('see no further back than the episode, and no further than the window', async () => {
    await reset({ seed: 1 });
    await step(SAME);
    await step(SAME);
    expect(farm.asked.filter((call) => call.startsWith('look'))).toEqual(['look 0', 'look 8000', 'look 8000']);
  });

  it('count workers as they come and go', async () => {
    await reset({ seed: 1 });
    const up = await step(UP);
    expect(up.observation[4]).toBe(4);
    expect(up.info).toMatchObject({ requestedDelta: 1, appliedDelta: 1 });
    expect(up.info.workerSeconds.desired).toBeCloseTo(32);
    expect(up.info.workerSeconds.active).toBeCloseTo(3 * 0.1 + 4 * 7.9);
    const down = await step(DOWN);
    expect(down.info.workerSeconds.desired).toBeCloseTo(32 + 24);
    expect(down.info.workerSeconds.active).toBeCloseTo(3 * 0.1 + 4 * 7.9 + 4 * 0.1 + 3 * 7.9);
    expect(down.reward).toBeCloseTo(-(4 * 0.1 + 3 * 7.9) / 10);
  });

  it('show a scale-down that lasts when it has happened', async () => {
    farm.scalingTakesMs = 10_000;
    await reset({ seed: 1 });
    const asked = await step(DOWN);
    expect(asked.observation[4]).toBe(3);
    expect(asked.info).toMatchObject({ requestedDelta: -1, appliedDelta: 0 });
    expect(asked.info.workerSeconds.desired).toBeCloseTo(16);
    const done = await step(SAME);
    expect(done.observation[4]).toBe(2);
    expect(done.info).toMatchObject({ requestedDelta: 0, appliedDelta: -1 });
  });

  it('ask the platform for nothing where the action changes nothing', async () => {
    await reset({ seed: 1 });
    await step(SAME);
    expect(farm.asked.filter((call) => call.startsWith('scale'))).toEqual([]);
  });
});

describe('an episode', () => {
  it('is over when every task has its record, late ones counted', async () => {
    await reset({ seed: 1 });
    farm.collect(6, 6);
    expect((await step(SAME)).terminated).toBe(false);
    farm.collect(4, 1);
    const last = await step(SAME);
    expect(last).toMatchObject({ terminated: true, truncated: false });
    expect(last.info.counts).toEqual({ emitted: 10, collected: 10, met: 7, dead: 0 });
    expect(last.info.rewardTerms['late']).toBeCloseTo((-60 * 3) / 10);
  });

  it('is cut off at the step limit; what is finished within a step more is counted, what is not was late', async () => {
    await reset({ seed: 1 });
    for (let i = 0; i < 3; i += 1) await step(SAME);
    farm.totals = { submitted: 9, emitted: 9, collected: 2, met: 2, dead: 0 };
    const cut = environment.step(SAME);
    await clock.advance(11_000);
    farm.totals = { submitted: 9, emitted: 9, collected: 6, met: 4, dead: 1 };
    const last = await whileTimePasses(clock, cut);
    expect(last).toMatchObject({ terminated: false, truncated: true });
    expect(last.info.elapsedS).toBe(32);
    expect(last.info.counts).toEqual({ emitted: 9, collected: 6, met: 4, dead: 1 });
    // Two late, one dead, two unfinished.
    expect(last.info.rewardTerms['late']).toBeCloseTo((-60 * 5) / 10);
    expect(last.observation[3]).toBe(2);
    expect(await environment.qosByQuartile()).toEqual([1, 0.75, 0.5, 0.25]);
    expect(farm.asked.at(-1)).toBe('qosByQuartile 9');
  });

  it('does not wait any longer once nothing is unfinished', async () => {
    await reset({ seed: 1 });
    for (let i = 0; i < 3; i += 1) await step(SAME);
    farm.collect(4, 4);
    expect(await step(SAME)).toMatchObject({ truncated: true });
    expect(clock.monotonic()).toBeLessThan(32_500);
  });

  it('has a seed of its own when none is named, and the same ones again after the same seed', async () => {
    await reset({ seed: 5 });
    await reset();
    await reset();
    await reset({ seed: 5 });
    await reset();
    const seeds = farm.asked.filter((call) => call.startsWith('begin'));
    expect(seeds[0]).toBe('begin 5 3');
    expect(new Set(seeds.slice(0, 3)).size).toBe(3);
    expect(seeds.slice(3)).toEqual(seeds.slice(0, 2));
  });

  it("is refused as soon as somebody else's tasks are in the farm", async () => {
    await reset({ seed: 1 });
    farm.totals = { submitted: 12, emitted: 12, collected: 0, met: 0, dead: 0 };
    await expect(step(SAME)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('2 tasks of others') as string,
    });
  });
});

it('ends its waits with the reason that it was stopped for', async () => {
  await reset({ seed: 1 });
  const waiting = environment.step(UP);
  const reason = new Error('Ctrl-C');
  abort.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

it('gives the farm back when it is closed, and starts nothing any more', async () => {
  await reset({ seed: 1 });
  await environment.close();
  expect(farm.asked.at(-1)).toBe('release');
  await expect(environment.reset()).rejects.toThrow('closed');
});
