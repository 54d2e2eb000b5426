import { expect, it } from 'vitest';
import { EndCounter } from '../../../bench/queue/end-counter.ts';
import { VirtualClock } from '#shared/clock.ts';

it('counts from one end to another, so that batches at the borders do not matter', async () => {
  const clock = new VirtualClock();
  const ends = new EndCounter(clock);
  await clock.advance(70);
  ends.count(5);
  await clock.advance(30);
  const close = ends.stretch();
  await clock.advance(470);
  ends.count(100);
  await clock.advance(500);
  ends.count(100);
  await clock.advance(900);
  expect(close()).toEqual({ tasks: 200, tasksPerS: 200 });
});

it('resolves when so many have ended, or when nobody waits any more', async () => {
  const ends = new EndCounter(new VirtualClock());
  const over = new AbortController();
  const reached: string[] = [];
  const ten = ends.reach(10, over.signal).then(() => reached.push('ten'));
  const hundred = ends.reach(100, over.signal).then(() => reached.push('hundred'));
  ends.count(9);
  await Promise.resolve();
  expect(reached).toEqual([]);
  ends.count(1);
  await ten;
  expect(reached).toEqual(['ten']);
  over.abort();
  await hundred;
  expect(reached).toEqual(['ten', 'hundred']);
  await ends.reach(1_000, over.signal);
});
