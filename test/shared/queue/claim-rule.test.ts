import { describe, expect, it } from 'vitest';
import { goesAlone, shareOf, wouldBeLate } from '#shared/queue/claim-rule.ts';

describe('shareOf', () => {
  it.each([
    { name: 'a worker alone takes what it asks for', most: 10, waiting: 100, members: 1, share: 10 },
    { name: 'as many as there are for each member', most: 10, waiting: 100, members: 32, share: 4 },
    { name: 'two where one task more waits than there are members', most: 10, waiting: 33, members: 32, share: 2 },
    { name: 'one where no more wait than there are members', most: 10, waiting: 32, members: 32, share: 1 },
    { name: 'one, to see that nothing waits', most: 10, waiting: 0, members: 32, share: 1 },
    { name: 'never more than it asks for', most: 1, waiting: 100, members: 2, share: 1 },
    { name: 'a worker that has not announced itself counts', most: 3, waiting: 2, members: 0, share: 2 },
  ])('$name', ({ most, waiting, members, share }) => {
    expect(shareOf({ most }, { waiting, members })).toBe(share);
  });
});

describe('wouldBeLate', () => {
  it.each([
    { name: 'in time behind two tasks of 10 ms', latestStart: 1_020, ahead: 2, late: false },
    { name: 'late behind two tasks of 10 ms', latestStart: 1_019, ahead: 2, late: true },
    { name: 'never late as the first of its claim', latestStart: 1_000, ahead: 0, late: false },
    { name: 'late already, wherever it is', latestStart: 999, ahead: 2, late: false },
  ])('$name', ({ latestStart, ahead, late }) => {
    expect(wouldBeLate({ latestStart }, { now: 1_000, ahead, stepMs: 10 })).toBe(late);
  });
});

it('a task goes alone once it has ended without a result', () => {
  expect([0, 1, 4].map((attempts) => goesAlone({ attempts }))).toEqual([false, true, true]);
});
