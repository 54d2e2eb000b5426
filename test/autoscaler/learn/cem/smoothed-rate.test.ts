import { expect, test } from 'vitest';
import { SmoothedRate } from '#autoscaler/learn/cem/smoothed-rate.ts';
import { look } from '../../policy/looks.ts';

test.each([
  { name: 'the first rate counts whole', looks: [[0, 4]], rates: [4] },
  {
    name: 'the next one by how long its step was: 1 − 1/e, then 1 − 1/e²',
    looks: [
      [0, 4],
      [8, 6],
      [24, 0],
    ],
    rates: [4, 5.2642, 0.7124],
  },
  {
    name: 'one that follows none replaces it',
    looks: [
      [0, 0],
      [8, 6],
    ],
    rates: [0, 6],
  },
  {
    name: 'the same look twice changes nothing',
    looks: [
      [0, 4],
      [8, 6],
      [8, 6],
    ],
    rates: [4, 5.2642, 5.2642],
  },
  {
    name: 'an earlier look is of another episode',
    looks: [
      [80, 4],
      [0, 6],
    ],
    rates: [4, 6],
  },
  {
    name: 'a look long after says what is now',
    looks: [
      [0, 4],
      [3600, 6],
    ],
    rates: [4, 6],
  },
  {
    name: 'what is no number is not kept',
    looks: [
      [0, 4],
      [8, NaN],
      [8, 4],
    ],
    rates: [4, NaN, 4],
  },
] as const)('$name', ({ looks, rates }) => {
  const rate = new SmoothedRate(8);
  const found = looks.map(([atS, arrivals]) => rate.next(look(atS, { rate: arrivals })));
  expect(found.map((value) => Number(value.toFixed(4)))).toEqual(rates);
});

test('a new episode begins anew', () => {
  const rate = new SmoothedRate(8);
  rate.next(look(0, { rate: 4 }));
  rate.clear();
  expect(rate.next(look(8, { rate: 6 }))).toBe(6);
});
