import { expect, test } from 'vitest';
import { isKept } from '#autoscaler/run/train/kept-episodes.ts';

test.each([
  { episodes: 10_000, kept: 10_000 },
  { episodes: 48_000, kept: 13_800 },
  { episodes: 100_000, kept: 19_000 },
  { episodes: 1_000_000, kept: 28_000 },
])('of $episodes episodes $kept are kept', ({ episodes, kept }) => {
  let found = 0;
  for (let episode = 1; episode <= episodes; episode += 1) if (isKept(episode)) found += 1;
  expect(found).toBe(kept);
});

test.each([
  [10_000, true],
  [10_001, false],
  [10_010, true],
  [100_010, false],
  [100_100, true],
])('episode %i: %s', (episode, kept) => {
  expect(isKept(episode)).toBe(kept);
});
