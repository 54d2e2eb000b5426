import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FarmSim } from '#autoscaler/sim/farm/farm-sim.ts';
import { FifoLine } from '#autoscaler/sim/farm/waiting-line.ts';
import { timingProfile } from '#autoscaler/sim/profiles/catalogue.ts';
import type { TimingProfile } from '#autoscaler/sim/timing-profile.ts';
import { exponential } from '#shared/distributions.ts';
import { Sfc32, type Rng } from '#shared/rng.ts';
import type { DeadlineRule } from '#shared/task.ts';
import type { DrawnTasks } from '#shared/workload/draw.ts';

const at0 = { kind: 'constant', ms: 0 } as const;

/** A farm whose own doings take no time: queueing theory's. */
const instant: TimingProfile = {
  ...timingProfile('farmhand'),
  ...{ name: 'instant', claim: at0, turnaround: at0, collect: at0, start: at0, startNext: at0, drain: at0 },
};

/** A task is in time when it does not wait at all. */
const withoutWaiting: DeadlineRule = { coefficient: 1, floorMs: 0, capMs: Infinity };

function begin(
  tasks: DrawnTasks,
  options: { workers: number; profile?: TimingProfile; deadline?: DeadlineRule },
): FarmSim {
  const { profile = instant, deadline = withoutWaiting } = options;
  const farm = new FarmSim({ profile, deadline, line: new FifoLine() });
  farm.begin({ tasks, workers: options.workers, rng: new Sfc32(1) });
  return farm;
}

function columns(rows: readonly (readonly [atMs: number, serviceMs: number])[]): DrawnTasks {
  return {
    count: rows.length,
    atMs: Float64Array.from(rows, ([atMs]) => atMs),
    serviceMs: Float64Array.from(rows, ([, serviceMs]) => serviceMs),
    phaseEndsMs: [rows.at(-1)?.[0] ?? 0],
  };
}

function markovian(rng: Rng, { count, perS, meanS }: { count: number; perS: number; meanS: number }): DrawnTasks {
  let atMs = 0;
  return columns(
    Array.from({ length: count }, () => {
      atMs += exponential(rng, 1000 / perS);
      return [atMs, exponential(rng, 1000 * meanS)] as const;
    }),
  );
}

/** Source: Gross & Harris, Fundamentals of Queueing Theory, M/M/c: probability of waiting, and mean wait in s. */
function erlangC({ workers, perS, meanS }: { workers: number; perS: number; meanS: number }) {
  const load = perS * meanS;
  let inverse = 1;
  for (let n = 1; n <= workers; n += 1) inverse = 1 + (inverse * n) / load;
  const blocked = 1 / inverse;
  const waits = (workers * blocked) / (workers - load * (1 - blocked));
  return { waits, meanWaitS: (waits * meanS) / (workers - load) };
}

function meanAndError(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

describe('against queueing theory', () => {
  test.each([
    { workers: 1, perS: 0.5, meanS: 1 },
    { workers: 2, perS: 1.5, meanS: 1 },
    { workers: 10, perS: 5, meanS: 1.5 },
    { workers: 15, perS: 7.5, meanS: 1.5 },
  ])('M/M/$workers at $perS tasks/s of $meanS s: delays within three standard errors', (system) => {
    const expected = erlangC(system);
    const waits: number[] = [];
    const meanWaits: number[] = [];
    for (let replication = 0; replication < 100; replication += 1) {
      const tasks = markovian(new Sfc32(`replication-${replication}`), { ...system, count: 6_000 });
      const farm = begin(tasks, { workers: system.workers });
      const endMs = tasks.atMs[tasks.count - 1]!;
      farm.advance(endMs);
      // The first sixth warms up.
      const { count, met, meanSojournMs, meanServiceMs } = farm.read((endMs * 5) / 6).window;
      waits.push(1 - met / count);
      meanWaits.push((meanSojournMs - meanServiceMs) / 1000);
    }
    const share = meanAndError(waits);
    const wait = meanAndError(meanWaits);
    expect(Math.abs(share.mean - expected.waits)).toBeLessThan(3 * share.error);
    expect(Math.abs(wait.mean - expected.meanWaitS)).toBeLessThan(3 * wait.error);
  });
});

const anyTasks = fc
  .array(fc.tuple(fc.nat({ max: 400 }), fc.integer({ min: 1, max: 3_000 })), { minLength: 1, maxLength: 80 })
  .map((gaps) => {
    let atMs = 0;
    return columns(gaps.map(([gapMs, serviceMs]) => [(atMs += gapMs), serviceMs] as const));
  });

describe('the simulated farm', () => {
  test('loses and makes no task, whatever is scaled when, and everybody asked to go goes after the task in hand', () => {
    const orders = fc.array(fc.tuple(fc.nat({ max: 2_000 }), fc.integer({ min: 1, max: 12 })), { maxLength: 30 });
    const profiles = fc.constantFrom(instant, timingProfile('reference'), timingProfile('farmhand'));
    fc.assert(
      fc.property(anyTasks, orders, profiles, (tasks, scalings, profile) => {
        const farm = begin(tasks, { workers: 3, profile });
        const conserved = (): void => {
          const { waiting, inFlight, result, totals } = farm.read(1_000);
          expect(waiting + inFlight + result + totals.collected).toBe(totals.emitted);
          const { granted, ready, active } = farm.replicas();
          expect(inFlight).toBeLessThanOrEqual(active);
          expect(ready).toBeLessThanOrEqual(Math.min(granted, active));
        };
        for (const [afterMs, replicas] of scalings) {
          farm.scaleTo(replicas);
          conserved();
          farm.advance(farm.nowMs + afterMs);
          conserved();
        }
        farm.advance(1e9);
        const wanted = scalings.at(-1)?.[1] ?? 3;
        expect(farm.counts()).toMatchObject({ emitted: tasks.count, collected: tasks.count });
        expect(farm.replicas()).toEqual({ granted: wanted, ready: wanted, active: wanted });
        expect(farm.done).toBe(true);
      }),
    );
  });

  test('first in, first out: one worker more never makes a task later', () => {
    fc.assert(
      fc.property(anyTasks, fc.integer({ min: 1, max: 8 }), fc.nat({ max: 20_000 }), (tasks, workers, lookMs) => {
        const [few, more] = [workers, workers + 1].map((count) => begin(tasks, { workers: count }));
        few!.advance(lookMs);
        more!.advance(lookMs);
        expect(more!.counts().collected).toBeGreaterThanOrEqual(few!.counts().collected);
        expect(more!.counts().met).toBeGreaterThanOrEqual(few!.counts().met);
      }),
    );
  });

  test('two runs with one seed are equal, look for look', () => {
    const run = (): unknown[] => {
      const farm = begin(markovian(new Sfc32(4), { count: 300, perS: 5, meanS: 1.5 }), {
        workers: 6,
        profile: timingProfile('reference'),
      });
      return Array.from({ length: 40 }, (_, step) => {
        farm.scaleTo(6 + (step % 4));
        farm.advance((step + 1) * 2_000);
        return [farm.read(2_000), farm.replicas(), farm.usage];
      });
    };
    expect(JSON.stringify(run())).toBe(JSON.stringify(run()));
  });

  test('by hand: two workers, three tasks, one asked to go in between', () => {
    const tasks = columns([
      [0, 1_000],
      [100, 1_000],
      [200, 500],
    ]);
    const farm = begin(tasks, { workers: 2, deadline: { coefficient: 2, floorMs: 0, capMs: Infinity } });
    farm.advance(500);
    expect(farm.read(500)).toMatchObject({ waiting: 1, inFlight: 2, oldestSlackMs: 200 });
    farm.scaleTo(1);
    expect(farm.replicas()).toEqual({ granted: 1, ready: 1, active: 2 });
    farm.advance(1_000);
    // The first to finish goes; the third task waits for the other one, until 1,100, and is late at 1,600 (due at 1,200).
    expect(farm.replicas()).toEqual({ granted: 1, ready: 1, active: 1 });
    farm.advance(1_599);
    expect(farm.counts()).toMatchObject({ collected: 2, met: 2 });
    farm.advance(1_600);
    expect(farm.counts()).toMatchObject({ collected: 3, met: 2 });
    expect(farm.usage).toEqual({ desiredMs: 2 * 500 + 1_100, activeMs: 2 * 1_000 + 600, most: 2 });
  });

  test('a started worker comes after its delay, each further one after the next', () => {
    const profile: TimingProfile = {
      ...instant,
      start: { kind: 'constant', ms: 300 },
      startNext: { kind: 'constant', ms: 200 },
    };
    const farm = begin(columns([[0, 10_000]]), { workers: 1, profile });
    farm.scaleTo(3);
    const ready = [299, 300, 499, 500].map((ms) => {
      farm.advance(ms);
      return farm.replicas().ready;
    });
    expect(ready).toEqual([1, 2, 2, 3]);
  });
});
