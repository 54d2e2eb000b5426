import * as d3 from 'd3-random';
import { describe, expect, test } from 'vitest';
import { exponential, gamma, normal, poisson } from '#shared/distributions.ts';
import { Sfc32, type Rng } from '#shared/rng.ts';
import { kolmogorovSmirnov, zOfMean, zOfVariance } from './statistics.ts';

const DRAWS = 40_000;
/** A right sampler misses this bound once in 150,000 rows. */
const MOST_STANDARD_ERRORS = 4.5;

interface Row {
  name: string;
  ours: (rng: Rng) => number;
  oracle: (uniform: () => number) => () => number;
  mean: number;
  variance: number;
}

const exponentials = [0.2, 1.5].map((scale): Row => ({
  name: `exponential of mean ${scale}`,
  ours: (rng) => exponential(rng, scale),
  oracle: (uniform) => d3.randomExponential.source(uniform)(1 / scale),
  mean: scale,
  variance: scale ** 2,
}));

const gammas = (
  [
    [0.05, 2],
    [0.5, 1],
    [1, 0.3],
    [4, 0.375],
    [250, 0.01],
  ] as const
).map(([shape, scale]): Row => ({
  name: `gamma of shape ${shape} and scale ${scale}`,
  ours: (rng) => gamma(rng, { shape, scale }),
  oracle: (uniform) => d3.randomGamma.source(uniform)(shape, scale),
  mean: shape * scale,
  variance: shape * scale ** 2,
}));

const poissons = [0.01, 1.5, 9.99, 10, 10.5, 75, 5000].map((lambda): Row => ({
  name: `poisson of mean ${lambda}`,
  ours: (rng) => poisson(rng, lambda),
  oracle: (uniform) => d3.randomPoisson.source(uniform)(lambda),
  mean: lambda,
  variance: lambda,
}));

const rows: Row[] = [
  {
    name: 'standard normal',
    ours: normal,
    oracle: (uniform) => d3.randomNormal.source(uniform)(0, 1),
    mean: 0,
    variance: 1,
  },
  ...exponentials,
  ...gammas,
  ...poissons,
];

describe.each(rows)('$name', ({ ours, oracle, mean, variance }) => {
  const rng = new Sfc32('ours');
  const drawn = Array.from({ length: DRAWS }, () => ours(rng));
  const uniform = new Sfc32('oracle');
  const drawOracle = oracle(() => uniform.float());
  const theirs = Array.from({ length: DRAWS }, drawOracle);

  test('has the mean and variance that theory says', () => {
    expect(Math.abs(zOfMean(drawn, mean))).toBeLessThan(MOST_STANDARD_ERRORS);
    expect(Math.abs(zOfVariance(drawn, variance))).toBeLessThan(MOST_STANDARD_ERRORS);
  });

  test("has d3-random's distribution", () => {
    expect(kolmogorovSmirnov(drawn, theirs)).toBeLessThan(1.95);
  });

  test('is the same for the same seed', () => {
    const again = new Sfc32('ours');
    expect(Array.from({ length: 100 }, () => ours(again))).toEqual(drawn.slice(0, 100));
  });
});

describe('poisson probabilities', () => {
  // Small and large means go different ways; both must agree with the formula count by count, not only in their moments.
  test.each([
    { lambda: 2, counts: [0, 1, 2, 3, 4, 5, 6] },
    { lambda: 12, counts: [4, 6, 8, 10, 12, 14, 16, 18, 20] },
  ])('at mean $lambda each count comes as often as it should', ({ lambda, counts }) => {
    const rng = new Sfc32('probabilities');
    const drawn = Array.from({ length: DRAWS }, () => poisson(rng, lambda));
    for (const count of counts) {
      let probability = Math.exp(-lambda);
      for (let k = 1; k <= count; k += 1) probability *= lambda / k;
      const seen = drawn.filter((value) => value === count).length;
      const z = (seen - DRAWS * probability) / Math.sqrt(DRAWS * probability * (1 - probability));
      expect(Math.abs(z)).toBeLessThan(MOST_STANDARD_ERRORS);
    }
  });

  test('a mean of 0 gives 0', () => {
    expect(poisson(new Sfc32(1), 0)).toBe(0);
  });
});

test('no sampler leaves its range at the ends of the uniform', () => {
  const stuck = (value: number): Rng => {
    const values = [value, 0.5, 0.25, 0.75];
    let i = 0;
    const rng: Rng = {
      float: () => values[i++ % values.length]!,
      int: (n) => Math.floor(rng.float() * n),
      fork: () => rng,
    };
    return rng;
  };
  for (const end of [0, 1 - 2 ** -53]) {
    for (const { ours, name } of rows) expect(ours(stuck(end)), name).toSatisfy(Number.isFinite);
  }
});
