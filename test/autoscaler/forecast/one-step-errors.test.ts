import { expect, test } from 'vitest';
import { OneStepErrors } from '#autoscaler/forecast/one-step-errors.ts';

test('the worked example: √(10 / 4), times two at growth 4', () => {
  const errors = new OneStepErrors();
  for (const error of [1, -1, 2, -2]) errors.add(error);
  const { mean, lower, upper } = errors.around(5, 4);
  expect(mean).toBe(5);
  expect(lower).toBeCloseTo(-1.198, 3);
  expect(upper).toBeCloseTo(11.198, 3);
});

test('without an error yet anything may happen', () => {
  expect(new OneStepErrors().around(5, 1)).toEqual({ mean: 5, lower: -Infinity, upper: Infinity });
});
