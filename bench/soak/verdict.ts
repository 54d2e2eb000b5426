import type { Slope } from './slope.ts';

/** `unclear`: the interval reaches from growth that would matter to none. A longer soak narrows it. */
export type Verdict = 'flat' | 'grows' | 'unclear';

/** Growth that would matter, of a process's level per hour; of small ones, MB per hour. */
const MOST_SHARE_PER_HOUR = 0.05;
const MOST_MB_PER_HOUR = 2;

/** MB per hour that still count as flat, for a level in MB. */
export function mostGrowth(levelMB: number): number {
  return Math.max(MOST_MB_PER_HOUR, MOST_SHARE_PER_HOUR * levelMB);
}

/**
 * `flat`: even the upper end of the slope's 95 % interval is at most 5 % of the level an hour, or 2 MB if that is more.
 * `grows`: it is not flat, and the lower end is above zero.
 * 50 MB at 1 ± 1 MB/h: flat (up to 2.5); at 4 ± 1: grows; at 4 ± 5: unclear (test/bench/soak/verdict.test.ts).
 */
export function judgeSlope(slope: Slope | null, levelMB: number): Verdict {
  if (slope === null) return 'unclear';
  if (slope.high <= mostGrowth(levelMB)) return 'flat';
  return slope.low > 0 ? 'grows' : 'unclear';
}
