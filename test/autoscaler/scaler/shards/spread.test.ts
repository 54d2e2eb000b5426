import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grow, shrink, total } from '#autoscaler/scaler/shards/spread.ts';

const most = [5, 5, 5, 5, 5, 5, 5];

describe('growing', () => {
  test.each([
    ['fills the first', [1, 0, 0], 4, [4, 0, 0]],
    ['begins another when the last is full', [5, 0, 0], 6, [5, 1, 0]],
    ['fills the last first', [5, 2, 0], 9, [5, 4, 0]],
    ['fills, then begins another', [5, 2, 0], 12, [5, 5, 2]],
    ['the last one before a gap in an earlier one', [4, 5, 1], 14, [4, 5, 5]],
    ['then the gap', [4, 4, 5], 15, [5, 5, 5]],
    ['a first shard that somebody scaled to zero', [0, 0, 0], 2, [2, 0, 0]],
    ['stops where there is no room', [5, 5, 0], 99, [5, 5, 5]],
    ['leaves what is over the limit', [8, 0, 0], 9, [8, 1, 0]],
  ])('%s', (_case, counts, wanted, grown) => {
    expect(grow(counts, wanted, most)).toEqual(grown);
  });

  test('leaves a name out that is not free yet', () => {
    expect(grow([5, 0, 0], 7, [5, 0, 5])).toEqual([5, 0, 2]);
  });
});

describe('shrinking', () => {
  test.each([
    ['takes from the last', { counts: [5, 5, 2], wanted: 9, spare: [5, 5, 2] }, [5, 4, 0]],
    ['takes only who is drained', { counts: [5, 5, 2], wanted: 9, spare: [0, 3, 0] }, [5, 2, 2]],
    ['a shard in the middle may go', { counts: [5, 5, 2], wanted: 7, spare: [0, 5, 0] }, [5, 0, 2]],
    ['the first keeps one', { counts: [5, 0, 0], wanted: 0, spare: [5, 0, 0] }, [1, 0, 0]],
    ['takes no more than wanted', { counts: [5, 5, 2], wanted: 11, spare: [5, 5, 2] }, [5, 5, 1]],
  ])('%s', (_case, { counts, wanted, spare }, shrunk) => {
    expect(shrink(counts, wanted, spare)).toEqual(shrunk);
  });
});

test('from 1 to 32 and back, step by step: always the fewest shards, never an empty one kept, never over the limit', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 35 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(steps, (targets) => {
      let counts = [1, 0, 0, 0, 0, 0, 0];
      for (const wanted of targets) {
        counts = wanted >= total(counts) ? grow(counts, wanted, most) : shrink(counts, wanted, counts);
        expect(total(counts)).toBe(wanted);
        expect(counts.filter((count) => count > 0)).toHaveLength(Math.ceil(wanted / 5));
        expect(Math.max(...counts)).toBeLessThanOrEqual(5);
        expect(counts[0]).toBeGreaterThanOrEqual(1);
      }
    }),
  );
});
