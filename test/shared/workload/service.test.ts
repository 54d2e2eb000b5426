import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { ServiceSampler, type ServiceModel } from '#shared/workload/service.ts';
import { timeOfSize } from '#shared/workload/timing-model.ts';
import { deviation, mean, quantile, zOfMean } from '../statistics.ts';
import { referenceService } from './fixtures.ts';

const DRAWS = 100_000;

function draw(service: ServiceModel, count: number, seed: number | string = 1) {
  const rng = new Sfc32(seed);
  const sampler = new ServiceSampler(service);
  return Array.from({ length: count }, () => sampler.sample(rng));
}

describe("the reference's service times", () => {
  const samples = draw(referenceService, DRAWS);
  const seconds = samples.map(({ serviceMs }) => serviceMs / 1000);

  // task-farm reference §2.2, from its own code; its figures have sampling noise of their own.
  test.each([
    { name: 'mean', found: mean(seconds), expected: 1.473, within: 0.008 },
    { name: 'standard deviation', found: deviation(seconds), expected: 0.6747, within: 0.005 },
    { name: '5th percentile', found: quantile(seconds, 0.05), expected: 0.51, within: 0.01 },
    { name: 'median', found: quantile(seconds, 0.5), expected: 1.38, within: 0.012 },
    { name: '95th percentile', found: quantile(seconds, 0.95), expected: 2.87, within: 0.001 },
    { name: '99th percentile', found: quantile(seconds, 0.99), expected: 2.87, within: 0.001 },
    {
      name: 'share at the cap',
      found: samples.filter(({ sizePx }) => sizePx === 4096).length / DRAWS,
      expected: 0.055,
      within: 0.003,
    },
  ])('$name is $expected', ({ found, expected, within }) => {
    expect(Math.abs(found - expected)).toBeLessThan(within);
  });

  test('have the mean of a gamma cut at both ends, less the half pixel that truncation takes', () => {
    expect(Math.abs(zOfMean(seconds, cutGammaMean()))).toBeLessThan(4.5);
  });
});

/** E[t(⌊s(clip(X))⌋)] for X ~ Gamma(4, 0.375) by the midpoint rule; the density of shape 4 is x³ e^(-x/θ) / (6 θ⁴). */
function cutGammaMean(): number {
  const { model, minSizePx, maxSizePx } = referenceService;
  const theta = 0.375;
  const STEP = 1e-4;
  let sum = 0;
  for (let x = STEP / 2; x < 20; x += STEP) {
    const density = (x ** 3 * Math.exp(-x / theta)) / (6 * theta ** 4);
    const cut = Math.min(Math.max(x, timeOfSize(model, minSizePx)), timeOfSize(model, maxSizePx));
    sum += timeOfSize(model, Math.trunc(Math.sqrt((cut - model.b) / model.a))) * density * STEP;
  }
  return sum;
}

describe('a sample', () => {
  const anyService = fc
    .record({
      meanS: fc.double({ min: 0.001, max: 20, noNaN: true }),
      shape: fc.double({ min: 0.05, max: 100, noNaN: true }),
      one: fc.integer({ min: 16, max: 16_384 }),
      other: fc.integer({ min: 16, max: 16_384 }),
      a: fc.double({ min: 1e-9, max: 1e-5, noNaN: true }),
      b: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ meanS, shape, one, other, a, b }): ServiceModel => ({
      meanS,
      shape,
      minSizePx: Math.min(one, other),
      maxSizePx: Math.max(one, other),
      model: { a, b },
    }));

  test('has a whole size within the bounds, and exactly the time of that size', () => {
    fc.assert(
      fc.property(anyService, fc.nat(), (service, seed) => {
        for (const { sizePx, serviceMs } of draw(service, 20, seed)) {
          expect(Number.isInteger(sizePx)).toBe(true);
          expect(sizePx).toBeGreaterThanOrEqual(service.minSizePx);
          expect(sizePx).toBeLessThanOrEqual(service.maxSizePx);
          expect(serviceMs).toBe(Math.max(timeOfSize(service.model, sizePx), 0.001) * 1000);
        }
      }),
    );
  });

  test('is never quicker than a millisecond', () => {
    const tiny = { meanS: 1e-6, shape: 4, minSizePx: 16, maxSizePx: 32, model: { a: 1e-12, b: 0 } };
    expect(draw(tiny, 10).map(({ serviceMs }) => serviceMs)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  test('falls back to the mean when no image is ever that quick', () => {
    // b is 400 deviations above the gamma's mean, so all six draws are in vain; the mean is below every size and is cut.
    const slow = { meanS: 0.01, shape: 4, minSizePx: 64, maxSizePx: 2048, model: { a: 1e-7, b: 2 } };
    expect(new Set(draw(slow, 50).map(({ sizePx }) => sizePx))).toEqual(new Set([64]));
  });
});
