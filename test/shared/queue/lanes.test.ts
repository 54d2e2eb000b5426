import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lanes } from '#shared/queue/lanes.ts';

const lanes = (lateEvery = 1000): Lanes => new Lanes({ dispatch: 'lanes', lateEvery });

/** A task that takes `serviceMs` and may take twice as long from `at`. */
const due = (at: number, serviceMs: number) => ({ latestStart: at + serviceMs, deadlineAt: at + 2 * serviceMs });

function takeAll(waiting: Lanes, now: number): number[] {
  return Array.from({ length: waiting.size }, () => waiting.take(now));
}

describe('fifo', () => {
  it('is first in, first out whatever is due; what was given back comes first', () => {
    const waiting = new Lanes({ dispatch: 'fifo', lateEvery: 2 });
    waiting.push(0, due(0, 9_000), 0);
    waiting.push(1, due(0, 10), 0);
    waiting.push(2, due(0, 500), 0);
    expect(waiting.take(100)).toBe(0);
    waiting.giveBack(0, due(0, 9_000), 100);
    expect(takeAll(waiting, 200)).toEqual([0, 1, 2]);
  });
});

describe('lanes', () => {
  it('serve what is due first, and what came first among those that are due together', () => {
    const waiting = lanes();
    waiting.push(0, due(0, 5_000), 0);
    waiting.push(1, due(0, 300), 0);
    waiting.push(2, due(0, 1_200), 0);
    waiting.push(3, due(10, 300), 10);
    expect(takeAll(waiting, 20)).toEqual([1, 3, 2, 0]);
  });

  it('put late tasks behind all that can still be in time, in the order in which they became late', () => {
    const waiting = lanes();
    waiting.push(0, due(0, 300), 0);
    waiting.push(1, due(0, 200), 0);
    waiting.push(2, due(0, 5_000), 0);
    expect(takeAll(waiting, 1_000)).toEqual([2, 1, 0]);
  });

  it('serve the line at every lateEvery-th claim', () => {
    const waiting = lanes(3);
    for (const late of [0, 1, 2]) waiting.push(late, due(-1_000, 100), 0);
    for (const early of [3, 4, 5, 6, 7, 8]) waiting.push(early, due(0, 4_000 + 1_000 * early), 0);
    expect(takeAll(waiting, 10)).toEqual([3, 4, 0, 5, 6, 1, 7, 8, 2]);
  });

  it('take a task first that was not worked on to its end, one that failed after its like', () => {
    const waiting = lanes();
    for (const task of [0, 1, 2]) waiting.push(task, due(0, 3_000), 0);
    expect(waiting.take(10)).toBe(0);
    waiting.giveBack(0, due(0, 3_000), 10);
    expect(waiting.take(10)).toBe(0);
    waiting.push(0, due(0, 3_000), 10);
    expect(takeAll(waiting, 20)).toEqual([1, 2, 0]);
  });

  it('take what a lost worker had before a backlog in a bucket that is wider and began earlier', () => {
    const waiting = lanes();
    // Due at 19 and at 24 s: at first in one bucket of 8.1 s, and later, with less time left, in one of 2.7 s that begins at 18.9.
    const lost = { latestStart: 14_000, deadlineAt: 24_000 };
    const backlog = { latestStart: 16_000, deadlineAt: 32_000 };
    waiting.push(0, lost, 0);
    for (const task of [1, 2, 3]) waiting.push(task, backlog, 2_000);
    expect(waiting.take(2_100)).toBe(0);
    waiting.giveBack(0, lost, 7_100);
    expect(takeAll(waiting, 7_200)).toEqual([0, 1, 2, 3]);
  });

  it('take those that come back as they stood, and a late one of them after all that can be in time', () => {
    const waiting = lanes();
    for (const task of [0, 1, 2, 3]) waiting.push(task, due(0, task === 1 ? 500 : 3_000), 0);
    const taken = [waiting.take(10), waiting.take(10), waiting.take(10)];
    expect(taken).toEqual([1, 0, 2]);
    for (const task of taken.toReversed()) waiting.giveBack(task, due(0, task === 1 ? 500 : 3_000), 600);
    expect(takeAll(waiting, 700)).toEqual([0, 2, 3, 1]);
  });

  it('take a task beyond the horizon no later than if it were due at the horizon', () => {
    const waiting = lanes();
    const day = 86_400_000;
    waiting.push(0, { latestStart: day, deadlineAt: day }, 0);
    waiting.push(1, due(0, 1_000), 0);
    expect(waiting.take(10)).toBe(1);
    let now = 0;
    for (let next = 2; next < 4_000; next += 1) {
      now += 1_000;
      waiting.push(next, due(now, 60_000), now);
      if (waiting.take(now) === 0) break;
    }
    expect(now).toBeGreaterThan(20 * 60_000);
    expect(now).toBeLessThan(26 * 60_000);
  });

  it('put right what stands behind late tasks of an older bucket in the same lane', () => {
    const waiting = lanes();
    // Level 0 is a ring of 800 ms; nobody claims for that long.
    waiting.push(0, due(0, 400), 0);
    waiting.push(1, due(800, 400), 800);
    waiting.push(2, due(800, 200), 800);
    expect(takeAll(waiting, 810)).toEqual([2, 1, 0]);
  });

  it('know the head that must start first', () => {
    const waiting = lanes();
    waiting.push(0, due(0, 5_000), 0);
    expect(waiting.mostUrgentHead()).toBe(0);
    waiting.push(1, due(0, 300), 0);
    expect(waiting.mostUrgentHead()).toBe(1);
    waiting.push(2, due(-9_000, 300), 0);
    expect(waiting.mostUrgentHead()).toBe(2);
  });
});

/** What comes in one go: time that passes, tasks that come with their slack, claims that follow. */
const round = fc.record({
  waitMs: fc.nat(3_000),
  serviceMs: fc.array(fc.integer({ min: -500, max: 20_000 }), { maxLength: 6 }),
  claims: fc.nat(5),
});

it('no task is lost or doubled, and none that is late keeps one waiting that is not', () => {
  fc.assert(
    fc.property(fc.array(round, { maxLength: 60 }), fc.integer({ min: 2, max: 9 }), (rounds, lateEvery) => {
      const waiting = lanes(lateEvery);
      const inside = new Map<number, number>();
      let now = 0;
      let came = 0;
      let claims = 0;
      const take = (): void => {
        claims += 1;
        const task = waiting.take(now);
        const latestStart = inside.get(task);
        expect(latestStart, `${task} waits`).toBeDefined();
        inside.delete(task);
        const turnOfLate = claims % lateEvery === 0;
        if (latestStart! < now && !turnOfLate) expect([...inside.values()].filter((at) => at >= now)).toEqual([]);
      };
      for (const { waitMs, serviceMs, claims: wanted } of rounds) {
        now += waitMs;
        for (const ms of serviceMs) {
          waiting.push(came, due(now, ms), now);
          inside.set(came, now + ms);
          came += 1;
        }
        for (let i = 0; i < Math.min(wanted, inside.size); i += 1) take();
        expect(waiting.size).toBe(inside.size);
      }
      while (inside.size > 0) take();
      expect(waiting.size).toBe(0);
    }),
  );
});

it('whoever is p-th among the late is served within p × lateEvery claims, whatever else comes', () => {
  const lateEvery = 8;
  const waiting = lanes(lateEvery);
  const late = 20;
  for (let task = 0; task < late; task += 1) waiting.push(task, due(-1_000, 100), 0);
  const servedAt: number[] = [];
  for (let claim = 1; servedAt.length < late; claim += 1) {
    waiting.push(late + claim, due(claim, 1_000), claim);
    const task = waiting.take(claim);
    if (task < late) servedAt.push(claim);
  }
  expect(servedAt).toEqual(Array.from({ length: late }, (_, p) => (p + 1) * lateEvery));
});
