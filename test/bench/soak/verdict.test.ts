import { expect, it } from 'vitest';
import { judgeSlope } from '../../../bench/soak/verdict.ts';

it.each([
  { name: 'small growth', slope: [1, 0, 2], levelMB: 50, verdict: 'flat' },
  { name: 'growth that shrinks', slope: [-40, -60, -20], levelMB: 50, verdict: 'flat' },
  { name: 'the same growth where less is held', slope: [3, 2.2, 3.8], levelMB: 50, verdict: 'grows' },
  { name: 'the same growth where more is held', slope: [3, 2.2, 3.8], levelMB: 100, verdict: 'flat' },
  { name: 'growth', slope: [4, 3, 5], levelMB: 50, verdict: 'grows' },
  { name: 'anything', slope: [4, -1, 9], levelMB: 50, verdict: 'unclear' },
] as const)('$name is $verdict', ({ slope: [perHour, low, high], levelMB, verdict }) => {
  expect(judgeSlope({ perHour, low, high, blocks: 20 }, levelMB)).toBe(verdict);
});

it('nothing known is unclear', () => {
  expect(judgeSlope(null, 50)).toBe('unclear');
});
