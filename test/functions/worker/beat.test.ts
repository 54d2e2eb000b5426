import { expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import { LeaseKeeper } from '../../../functions/worker/beat.ts';

function keeper(maxHoldMs = 100_000): { keeper: LeaseKeeper; clock: VirtualClock; beats: string[] } {
  const clock = new VirtualClock();
  const beats: string[] = [];
  const beat = async (ids: readonly string[]): Promise<void> => {
    beats.push(`${clock.monotonic()}: ${ids.join()}`);
    if (ids.includes('refused')) throw new Error('LOADING');
  };
  return { keeper: new LeaseKeeper({ clock, log: silentLogger, beat }, { leaseMs: 6_000, maxHoldMs }), clock, beats };
}

it('beats for every task that is held, three times a lease, and stops when none is', async () => {
  const { keeper: leases, clock, beats } = keeper();
  leases.held('a');
  await clock.advance(500);
  leases.held('b');
  await clock.advance(4_000);
  leases.free('a');
  await clock.advance(2_000);
  leases.free('b');
  await clock.advance(20_000);
  expect(beats).toEqual(['2000: a,b', '4000: a,b', '6000: b']);
});

it('costs nothing for short tasks, however many follow each other', async () => {
  const { keeper: leases, clock, beats } = keeper();
  for (let i = 0; i < 100; i += 1) {
    leases.held(`t-${i}`);
    await clock.advance(300);
    leases.free(`t-${i}`);
  }
  expect(beats).toEqual([]);
});

it('leaves no more than half a lease between the start of a task and its first beat', async () => {
  const { keeper: leases, clock, beats } = keeper();
  leases.held('first');
  await clock.advance(1_001);
  leases.held('second');
  await clock.advance(3_000);
  expect(beats).toEqual(['2000: first', '4000: first,second']);
});

it('gives up a task that is held for too long, and keeps those beside it', async () => {
  const { keeper: leases, clock, beats } = keeper(5_000);
  leases.held('stuck');
  await clock.advance(3_500);
  leases.held('new');
  await clock.advance(5_000);
  leases.stop();
  await clock.advance(10_000);
  expect(beats).toEqual(['2000: stuck', '4000: stuck', '6000: new', '8000: new']);
});

it('beats on after Redis refused once', async () => {
  const { keeper: leases, clock, beats } = keeper();
  leases.held('refused');
  await clock.advance(4_500);
  leases.stop();
  expect(beats).toEqual(['2000: refused', '4000: refused']);
});
