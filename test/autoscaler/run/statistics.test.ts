import { describe, expect, it } from 'vitest';
import { spreadOf } from '#autoscaler/run/statistics.ts';

describe('mean, deviation and interval', () => {
  it('of 1 to 5 are the documented example', () => {
    const { count, mean, sd, ci } = spreadOf([1, 2, 3, 4, 5]);
    expect([count, mean]).toEqual([5, 3]);
    expect(sd).toBeCloseTo(1.5811, 4);
    expect(ci?.[0]).toBeCloseTo(1.037, 3);
    expect(ci?.[1]).toBeCloseTo(4.963, 3);
  });

  it('go over to the normal distribution at 30 values', () => {
    const half = (n: number): number => {
      const { sd, ci, mean } = spreadOf(Array.from({ length: n }, (_, i) => i % 2));
      return (((ci?.[1] ?? NaN) - mean) * Math.sqrt(n)) / sd;
    };
    expect([half(2), half(29), half(30), half(1000)].map((t) => Number(t.toFixed(3)))).toEqual([
      12.706, 2.048, 1.96, 1.96,
    ]);
  });

  it('say nothing of the spread of one value', () => {
    expect(spreadOf([7])).toEqual({ count: 1, mean: 7, sd: 0, ci: null });
  });

  it('of nothing are refused', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
