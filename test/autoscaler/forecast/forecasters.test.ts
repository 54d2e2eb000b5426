import { describe, expect, test } from 'vitest';
import { forecasterNames, makeForecaster } from '#autoscaler/forecast/catalogue.ts';
import type { Forecaster } from '#autoscaler/forecast/forecaster.ts';
import { Holt, defaultHoltSettings } from '#autoscaler/forecast/holt.ts';
import { LastValue } from '#autoscaler/forecast/last-value.ts';
import { LinearTrend } from '#autoscaler/forecast/linear-trend.ts';
import { MovingAverage } from '#autoscaler/forecast/moving-average.ts';
import { forecasterContract } from '../../contract/forecaster.ts';

for (const name of forecasterNames) forecasterContract(name, () => makeForecaster(name));
forecasterContract('exponential smoothing without a trend', () => new Holt({ level: 0.2, trend: 0, damping: 0 }));
forecasterContract('a line through two values', () => new LinearTrend(2));

/** `steps` ahead, after these values. */
function mean(forecaster: Forecaster, values: readonly number[], steps = 1): number {
  return interval(forecaster, values, steps)[0]!;
}

/** Mean and half width. */
function interval(forecaster: Forecaster, values: readonly number[], steps: number): number[] {
  for (const value of values) forecaster.update(value);
  const { mean, upper } = forecaster.predict(steps)!;
  return [mean, upper - mean];
}

test.each(forecasterNames)('the catalogue makes %s under its name', (name) => {
  expect(makeForecaster(name).name).toBe(name);
});

describe('last', () => {
  test('expects the last value, its error growing as √steps', () => {
    // Errors 2, −4: √(20 / 2) = 3.1623.
    expect(interval(new LastValue(), [5, 7, 3], 1)).toEqual([3, expect.closeTo(1.96 * 3.1623, 3)]);
    expect(interval(new LastValue(), [5, 7, 3], 4)).toEqual([3, expect.closeTo(1.96 * 3.1623 * 2, 3)]);
  });
});

describe('average', () => {
  test('expects the mean of its window', () => {
    expect(mean(new MovingAverage(3), [2, 4, 9, 5])).toBe(6);
    expect(mean(new MovingAverage(3), [2, 4, 9, 5], 9)).toBe(6);
    expect(mean(new MovingAverage(3), [2, 4])).toBe(3);
  });

  test('is as sure of every step', () => {
    // Errors 2 (of 2), 6 (of 3): √(40 / 2) = 4.4721.
    expect(interval(new MovingAverage(3), [2, 4, 9], 5)).toEqual([5, expect.closeTo(1.96 * 4.4721, 3)]);
  });
});

describe('holt', () => {
  const settings = defaultHoltSettings();

  test('the worked example: level 12, trend 0.4', () => {
    expect(settings).toEqual({ level: 0.5, trend: 0.2, damping: 0.8 });
    expect(mean(new Holt(settings), [10, 14], 1)).toBeCloseTo(12.32, 12);
    expect(mean(new Holt(settings), [10, 14], 2)).toBeCloseTo(12.576, 12);
  });

  test('one value more', () => {
    // expected 12.32; level 0.5·20 + 0.5·12.32 = 16.16; trend 0.2·4.16 + 0.8·0.8·0.4 = 1.088; one step: + 0.8·1.088.
    expect(mean(new Holt(settings), [10, 14, 20])).toBeCloseTo(17.0304, 12);
  });

  test('the variance of two steps is 1 + (α + α·β*·φ)² of one', () => {
    // One error of 4: half 1.96 · 4 · √(1 + (0.5 + 0.5·0.2·0.8)²) = 1.96 · 4 · √1.3364.
    expect(interval(new Holt(settings), [10, 14], 2)[1]).toBeCloseTo(1.96 * 4 * Math.sqrt(1.3364), 10);
  });

  test('levels out: far ahead it expects level + φ/(1 − φ) · trend', () => {
    expect(mean(new Holt(settings), [10, 14], 500)).toBeCloseTo(12 + 4 * 0.4, 9);
  });

  test('without a trend it is simple exponential smoothing', () => {
    // 0.2·6 + 0.8·1 = 2.
    expect(mean(new Holt({ level: 0.2, trend: 0, damping: 0 }), [1, 6], 7)).toBe(2);
  });
});

describe('trend', () => {
  test('the worked example: forgets the 9 and draws 1, 3, 5 on to 9', () => {
    expect(mean(new LinearTrend(3), [9, 1, 3, 5], 2)).toBe(9);
  });

  test('hits a line exactly, however far ahead', () => {
    expect(mean(new LinearTrend(6), [2, 5, 8, 11], 10)).toBeCloseTo(41, 10);
  });

  test('is least squares where there is noise', () => {
    // Through (0, 1), (1, 4), (2, 4): mean 3, slope 1.5; the next two: 3 + 1.5·2 = 6 and 7.5.
    expect(mean(new LinearTrend(3), [1, 4, 4], 1)).toBeCloseTo(6, 12);
    expect(mean(new LinearTrend(3), [1, 4, 4], 2)).toBeCloseTo(7.5, 12);
  });

  test('its error grows with the distance from the values', () => {
    // k = 3: one step 1 + 1/3 + 4/2 = 10/3, three steps 1 + 1/3 + 16/2 = 28/3: ratio 2.8. Errors 3, and 4 − 7 = −3.
    expect(interval(new LinearTrend(3), [1, 4, 4], 3)[1]).toBeCloseTo(1.96 * 3 * Math.sqrt(2.8), 10);
  });
});
