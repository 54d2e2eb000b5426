import { expect } from 'vitest';
import { MINUTE, type VirtualClock } from '#shared/clock.ts';

/** Lets up to a minute pass, 100 ms at a time, until `work` has ended; then it is what `work` is. */
export async function whileTimePasses<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  const state = { ended: false };
  const watch = (): void => {
    state.ended = true;
  };
  work.then(watch, watch);
  for (let passedMs = 0; !state.ended && passedMs < MINUTE; passedMs += 100) await clock.advance(100);
  expect(state.ended).toBe(true);
  return work;
}
