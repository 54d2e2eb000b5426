import { expect, it } from 'vitest';
import { pairedRatio } from '../../../bench/queue/paired.ts';

it('tells the median and the spread of the pairs, not the ratio of the medians', () => {
  expect(pairedRatio([10, 40, 90], [10, 20, 30])).toEqual({ median: 2, lowest: 1, highest: 3 });
  expect(pairedRatio([10, 20, 300], [5, 100, 100])).toEqual({ median: 2, lowest: 0.2, highest: 3 });
});

it('has nothing to tell where nobody was measured beside', () => {
  expect(pairedRatio([10, 20], [])).toBeNull();
});
