import { expect, test } from 'vitest';
import { Period } from '#autoscaler/policy/period.ts';

/** Seconds at which a controller with a period of 15 s has its turn, of looks at those times. */
function turns(looksS: readonly number[]): number[] {
  const period = new Period(15);
  return looksS.filter((atS) => period.due(atS * 1000));
}

test.each([
  ['looks every 8 s', Array.from({ length: 16 }, (_, step) => step * 8), [0, 16, 32, 48, 64, 80, 96, 112, 120]],
  ['looks every 15 s', [0, 15, 30, 45], [0, 15, 30, 45]],
  ['a look a hair early', [0, 14.9995, 30, 44.9995], [0, 14.9995, 30, 44.9995]],
  ['looks every minute: missed turns are not made up', [0, 60, 61, 75], [0, 60, 75]],
  ['a start at any time', [7, 21, 22, 36, 37], [7, 22, 37]],
  ['two looks at once', [0, 0, 15, 15], [0, 15]],
  ['a clock that went back starts anew', [1_000, 1_010, 500, 510, 515], [1_000, 500, 515]],
])('%s', (_case, looksS, expected) => {
  expect(turns(looksS)).toEqual(expected);
});
