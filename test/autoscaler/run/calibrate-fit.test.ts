import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitFullQuadratic, fitTimingModel } from '#autoscaler/run/calibrate/fit.ts';
import { summarise } from '#autoscaler/run/calibrate/summary.ts';

/** The reference's four measured means and the two fits that it published (task-farm reference, §3). */
const referenceMeans = [
  { sizePx: 512, timeS: 0.042571 },
  { sizePx: 1024, timeS: 0.170166 },
  { sizePx: 2048, timeS: 0.737487 },
  { sizePx: 4096, timeS: 2.866481 },
];

describe('fitTimingModel', () => {
  test("finds the reference's own fit in its own means", () => {
    const { a, b, rSquared } = fitTimingModel(referenceMeans, 'equal');
    expect(a).toBeCloseTo(1.7099e-7, 11);
    expect(b).toBeCloseTo(0.0016655, 6);
    expect(rSquared).toBeCloseTo(0.99990395, 7);
  });

  test('weighted, no size is far off, where equal weights give the smallest away', () => {
    const worstOf = ({ a, b }: { a: number; b: number }) =>
      Math.max(...referenceMeans.map(({ sizePx, timeS }) => Math.abs(timeS / (a * sizePx ** 2 + b) - 1)));
    expect(worstOf(fitTimingModel(referenceMeans, 'equal'))).toBeCloseTo(0.084, 3);
    expect(worstOf(fitTimingModel(referenceMeans, 'relative'))).toBeCloseTo(0.05, 3);
  });

  test('recovers any model exactly from times without noise', () => {
    const model = fc.record({
      a: fc.double({ min: 1e-9, max: 1e-6, noNaN: true }),
      b: fc.double({ min: 0, max: 0.1, noNaN: true }),
    });
    fc.assert(
      fc.property(model, fc.constantFrom('equal' as const, 'relative' as const), ({ a, b }, weighting) => {
        const points = [128, 256, 512, 1024, 4096].map((sizePx) => ({ sizePx, timeS: a * sizePx ** 2 + b }));
        const fit = fitTimingModel(points, weighting);
        expect(Math.abs(fit.a / a - 1)).toBeLessThan(1e-6);
        expect(Math.abs(fit.b - b)).toBeLessThan(1e-6 * (b + a * 128 ** 2) + 1e-12);
        expect(fit.rSquared).toBeGreaterThan(0.999999);
      }),
    );
  });

  test('never has a negative constant: then the line goes through the origin', () => {
    const points = [
      { sizePx: 500, timeS: 0.01 },
      { sizePx: 1000, timeS: 0.1 },
      { sizePx: 2000, timeS: 0.5 },
    ];
    const fit = fitTimingModel(points, 'equal');
    // Σ x t / Σ x² for x = 0.25, 1, 4 megapixels.
    expect(fit.b).toBe(0);
    expect(fit.a).toBeCloseTo((0.0025 + 0.1 + 2) / (0.0625 + 1 + 16) / 1e6, 15);
    expect(fit.rSquared).toBeLessThan(1);
  });

  test('needs two sizes, however many times', () => {
    const points = [1, 2, 3].map((timeS) => ({ sizePx: 512, timeS }));
    expect(() => fitTimingModel(points, 'equal')).toThrow(new RangeError('2 coefficients need as many sizes, got 1'));
  });
});

describe('fitFullQuadratic', () => {
  test("finds the reference's own comparison", () => {
    const { a, linear, constant, rSquared } = fitFullQuadratic(referenceMeans, 'equal');
    expect(a).toBeCloseTo(1.6456e-7, 11);
    expect(linear).toBeCloseTo(3.1669e-5, 9);
    expect(constant).toBeCloseTo(-0.023342, 6);
    expect(rSquared).toBeCloseTo(0.99995953, 7);
  });

  test('needs three sizes', () => {
    expect(() => fitFullQuadratic(referenceMeans.slice(0, 2), 'equal')).toThrow('3 coefficients');
  });
});

describe('summarise', () => {
  test('a worked example', () => {
    expect(summarise([3, 1, 5, 2, 4])).toEqual({
      count: 5,
      mean: 3,
      sd: Math.sqrt(2.5),
      min: 1,
      max: 5,
      p50: 3,
      p95: 4.8,
    });
  });

  test('one measurement', () => {
    expect(summarise([7])).toEqual({ count: 1, mean: 7, sd: 0, min: 7, max: 7, p50: 7, p95: 7 });
  });

  test('none', () => {
    expect(() => summarise([])).toThrow(RangeError);
  });
});
