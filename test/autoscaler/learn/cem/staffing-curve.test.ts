import { expect, test } from 'vitest';
import { heightAt } from '#autoscaler/learn/cem/staffing-curve.ts';

test.each([
  { name: 'before the first knot', x: -5, height: 4 },
  { name: 'on the first', x: 0, height: 4 },
  { name: 'half way up', x: 5, height: 6 },
  { name: 'on a knot', x: 10, height: 8 },
  { name: 'a quarter of the way down', x: 15, height: 7.5 },
  { name: 'on the last', x: 30, height: 6 },
  { name: 'behind it', x: 99, height: 6 },
])('$name', ({ x, height }) => {
  // What comes after the heights is of no concern to the curve.
  expect(heightAt(x, [0, 10, 30], [4, 8, 6, 99])).toBe(height);
});
