import { expect, test } from 'vitest';
import { parseTrace, scaleTrace } from '#shared/workload/trace.ts';
import { mean } from '../statistics.ts';

test('a trace may have Windows line ends, blank lines, comments and decimals', () => {
  expect(parseTrace('3\r\n\r\n# pause\r\n0\r\n1.5\r\n')).toEqual([3, 0, 1.5]);
});

test('scaling moves the mean and keeps the shape', () => {
  const scaled = scaleTrace([1, 3, 0, 4], 5);
  expect(mean(scaled)).toBeCloseTo(5, 12);
  expect(scaled).toEqual([2.5, 7.5, 0, 10]);
  expect(scaleTrace([0, 0], 5)).toEqual([0, 0]);
});
