import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { drawPopulation, nextSpread, type Spread } from '#autoscaler/learn/cem/search.ts';

const spread = { mean: Float64Array.of(3, 0), sd: Float64Array.of(2, 1) };

/** Four candidates of two parameters each. */
const population = Float64Array.of(1, 0, 2, 0.5, 3, 9, 6, -0.5);
const settings = { population: 4, elites: 2, smoothing: 0.5, leastSd: 0.1 };

describe('a generation by hand', () => {
  test.each([
    {
      name: 'two elites, half of the way',
      returns: [1, 4, 2, 4],
      change: {},
      // The elites (2, ½) and (6, −½) have means 4 and 0, deviations 2 and ½.
      mean: [3.5, 0],
      sd: [2, 0.75],
    },
    {
      name: 'all of the way',
      returns: [1, 4, 2, 4],
      change: { smoothing: 1 },
      mean: [4, 0],
      sd: [2, 0.5],
    },
    {
      name: 'one elite, the earlier of two as good, and the least deviation',
      returns: [1, 4, 2, 4],
      change: { smoothing: 1, elites: 1 },
      mean: [2, 0.5],
      sd: [0.1, 0.1],
    },
    {
      name: 'negative returns',
      returns: [-3, -400, -50, -7],
      change: { smoothing: 1 },
      mean: [3.5, -0.25],
      sd: [2.5, 0.25],
    },
  ])('$name', ({ returns, change, mean, sd }) => {
    const next = nextSpread(spread, { population, returns: Float64Array.from(returns) }, { ...settings, ...change });
    expect([...next.mean]).toEqual(mean);
    expect([...next.sd]).toEqual(sd);
  });

  test('leaves the spread that it comes from as it was', () => {
    nextSpread(spread, { population, returns: new Float64Array(4) }, settings);
    expect([...spread.mean, ...spread.sd]).toEqual([3, 0, 2, 1]);
  });
});

test('candidates have the spread that they are drawn from', () => {
  const drawn = drawPopulation(spread, 20_000, new Sfc32(1));
  for (const [parameter, { mean, sd }] of [
    { mean: 3, sd: 2 },
    { mean: 0, sd: 1 },
  ].entries()) {
    const values = drawn.filter((_, at) => at % 2 === parameter);
    const found = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(found).toBeCloseTo(mean, 1);
    expect(Math.sqrt(values.reduce((sum, value) => sum + (value - found) ** 2, 0) / values.length)).toBeCloseTo(sd, 1);
  }
});

test('finds the top of a hill', () => {
  fc.assert(
    fc.property(fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 }), fc.nat(), (x, y, seed) => {
      const rng = new Sfc32(seed);
      const search = { population: 40, elites: 8, smoothing: 0.4, leastSd: 0.05 };
      let at: Spread = { mean: Float64Array.of(0, 0), sd: Float64Array.of(5, 5) };
      for (let generation = 0; generation < 100; generation += 1) {
        const candidates = drawPopulation(at, search.population, rng);
        const returns = Float64Array.from(
          { length: search.population },
          (_, i) => -((candidates[2 * i]! - x) ** 2) - (candidates[2 * i + 1]! - y) ** 2,
        );
        at = nextSpread(at, { population: candidates, returns }, search);
      }
      expect(Math.hypot(at.mean[0]! - x, at.mean[1]! - y)).toBeLessThan(0.1);
    }),
    { numRuns: 30 },
  );
});
