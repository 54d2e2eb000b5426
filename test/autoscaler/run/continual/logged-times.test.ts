import { describe, expect, test } from 'vitest';
import { fitProfile } from '#autoscaler/run/continual/fit-profile.ts';
import { loggedTimes } from '#autoscaler/run/continual/logged-times.ts';
import { farmhandProfile } from '#autoscaler/sim/profiles/farmhand.ts';
import { decisionOf, recordOf } from '../support/farm-logs.ts';

/** A worker's tasks of 100 ms: the first loads its code, the second finds it idle, the third waits for it. */
const records = [
  recordOf({ id: 'a', generatedAt: 0, claimedAt: 3, finishedAt: 150, collectedAt: 152, serviceMs: 100 }),
  recordOf({ id: 'b', generatedAt: 200, claimedAt: 202, finishedAt: 303, collectedAt: 305, serviceMs: 100 }),
  recordOf({ id: 'c', generatedAt: 250, claimedAt: 303, finishedAt: 407, collectedAt: 409, serviceMs: 100 }),
];

describe('times out of a log', () => {
  test('a claim by an idle worker, and a turn while somebody waited', () => {
    const { claim, collect, turnaround } = loggedTimes({ records, decisions: [] });
    expect(claim).toEqual([2]);
    expect(collect).toEqual([3]);
    expect(turnaround).toEqual([4]);
  });

  test('the order of the log does not matter', () => {
    expect(loggedTimes({ records: records.toReversed(), decisions: [] })).toEqual(
      loggedTimes({ records, decisions: [] }),
    );
  });

  test('starts: from the decision to the first new worker’s work, and to the next one’s', () => {
    const waited = { generatedAt: 900, serviceMs: 100 };
    const log = {
      records: [
        ...records,
        recordOf({ id: 'd', worker: 'worker-2', ...waited, claimedAt: 1300, finishedAt: 1420, collectedAt: 1421 }),
        recordOf({ id: 'e', worker: 'worker-3', ...waited, claimedAt: 1330, finishedAt: 1450, collectedAt: 1451 }),
      ],
      decisions: [decisionOf({ at: 1000, outcome: 'up', granted: 3 })],
    };
    expect(loggedTimes(log)).toMatchObject({ start: [320], startNext: [30] });
  });

  test.each([
    [
      'after a scale-down, which may have taken those that were asked for',
      3000,
      [decisionOf({ at: 2000, outcome: 'down' })],
      [],
    ],
    ['long after', 25_000, [], []],
    [
      'after two scale-ups: of the first, while nobody else came',
      3000,
      [decisionOf({ at: 2000, outcome: 'up', granted: 2 })],
      [2000],
    ],
  ])('a new worker %s', (_what, at, then, start) => {
    const late = { generatedAt: at - 500, claimedAt: at, finishedAt: at + 100, collectedAt: at + 101, serviceMs: 100 };
    const log = {
      records: [...records, recordOf({ id: 'd', worker: 'worker-2', ...late })],
      decisions: [decisionOf({ at: 1000, outcome: 'up', granted: 2 }), ...then],
    };
    expect(loggedTimes(log).start).toEqual(start);
  });

  test('a new worker that nothing waited for tells nothing', () => {
    const log = {
      records: [
        ...records,
        recordOf({
          ...{ id: 'd', worker: 'worker-2', generatedAt: 1300, claimedAt: 1301, finishedAt: 1402, collectedAt: 1403 },
          serviceMs: 100,
        }),
      ],
      decisions: [decisionOf({ at: 1000, outcome: 'up', granted: 2 })],
    };
    expect(loggedTimes(log).start).toEqual([]);
  });

  test.each([
    ['idle workers go', { ready: 4, inFlight: 2, drained: 1 }, [80]],
    ['busy workers finish first', { ready: 4, inFlight: 4, drained: 1 }, []],
    ['nobody was drained', { ready: 4, inFlight: 2, drained: 0 }, []],
  ])('drains: %s', (_what, change, drain) => {
    const decisions = [decisionOf({ at: 0, outcome: 'down', actMs: 80, ...change })];
    expect(loggedTimes({ records, decisions }).drain).toEqual(drain);
  });
});

describe('a fitted profile', () => {
  const many = (ms: number): number[] => Array.from({ length: 40 }, (_, i) => ms + i / 10);
  const times = { claim: many(1), turnaround: many(3), collect: [1, 2], start: many(300), startNext: [], drain: [50] };

  test('has what was measured often enough, and the rest of what is known', () => {
    const window = { from: 1, to: 2 };
    const { profile, fitted, measurements } = fitProfile(times, { known: farmhandProfile, window });
    expect(fitted).toEqual(['claim', 'turnaround', 'start']);
    expect(measurements).toMatchObject({ claim: 40, collect: 2, startNext: 0 });
    expect(profile).toMatchObject({ name: 'farm', collect: farmhandProfile.collect, drain: farmhandProfile.drain });
    expect(profile.claim).toMatchObject({ kind: 'quantiles' });
    const { ms } = profile.claim as { ms: number[] };
    expect([ms[0], ms.at(-1)]).toEqual([1, 4.9]);
    expect(profile.provenance).toMatchObject({ window, fitted, known: 'farmhand' });
  });
});
