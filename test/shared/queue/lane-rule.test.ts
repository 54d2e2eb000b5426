import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketEnd, dueAt, findPlace, GROWTH, LANES, SLOTS, type Place } from '#shared/queue/lane-rule.ts';

const NOW = Date.UTC(2026, 0, 1) + 17;

function placeOf(aheadMs: number, now = NOW): Place & { endsAt: number } {
  const place = { lane: -1, bucketAt: NaN };
  findPlace(now + aheadMs, now, place);
  return { ...place, endsAt: bucketEnd(place.lane, place.bucketAt) };
}

it('a task is due in the middle of its latest start and its deadline', () => {
  expect(dueAt(1_000, 2_000)).toBe(1_500);
});

describe('the bucket of a task', () => {
  it.each([
    { name: 'at once', aheadMs: 0, level: 0, widthMs: 100 },
    { name: 'as far as level 0 reaches', aheadMs: 699, level: 0, widthMs: 100 },
    { name: 'just beyond level 0', aheadMs: 700, level: 1, widthMs: 300 },
    { name: 'in 10 s', aheadMs: 10_000, level: 3, widthMs: 2_700 },
    { name: 'in 25 min', aheadMs: 1_500_000, level: 7, widthMs: 218_700 },
    { name: 'in a day: as if due at the horizon', aheadMs: 86_400_000, level: 7, widthMs: 218_700 },
  ])('due $name is $widthMs ms wide', ({ aheadMs, level, widthMs }) => {
    const { lane, bucketAt, endsAt } = placeOf(aheadMs);
    expect(Math.floor(lane / SLOTS)).toBe(level);
    expect(endsAt - bucketAt).toBe(widthMs);
  });

  it('holds what is due in it, and beyond level 0 is 1/7 to 3/7 as wide as the time that was left', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1_500_000, noNaN: true }), fc.nat(10_000_000), (aheadMs, laterMs) => {
        const now = NOW + laterMs;
        const { lane, bucketAt, endsAt } = placeOf(aheadMs, now);
        expect(lane).toBeGreaterThanOrEqual(0);
        expect(lane).toBeLessThan(LANES);
        expect(bucketAt).toBeLessThanOrEqual(now + aheadMs);
        expect(endsAt).toBeGreaterThan(now + aheadMs);
        const widthMs = endsAt - bucketAt;
        expect(widthMs).toBeLessThanOrEqual(Math.max(100, (aheadMs * GROWTH) / (SLOTS - 1) + 1e-6));
      }),
    );
  });

  it('is the only one in its lane among all that tasks can be put into at one time', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.array(fc.double({ min: 0, max: 10_000_000, noNaN: true }), { minLength: 2, maxLength: 50 }),
        (laterMs, aheads) => {
          const buckets = new Map<number, number>();
          for (const aheadMs of aheads) {
            const { lane, bucketAt } = placeOf(aheadMs, NOW + laterMs);
            expect(buckets.get(lane) ?? bucketAt).toBe(bucketAt);
            buckets.set(lane, bucketAt);
          }
        },
      ),
    );
  });
});
