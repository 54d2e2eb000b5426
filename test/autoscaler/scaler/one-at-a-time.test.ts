import { expect, test } from 'vitest';
import { OneAtATime } from '#autoscaler/scaler/one-at-a-time.ts';
import type { Grant, Scaler } from '#autoscaler/scaler/scaler.ts';
import { VirtualClock } from '#shared/clock.ts';
import { whileTimePasses } from '../support/passing-time.ts';

test('a change waits for the one before it, also for one that fails; readings do not wait', async () => {
  const clock = new VirtualClock();
  const course: string[] = [];
  const slow: Scaler = {
    async read() {
      course.push('read');
      return { desired: 1, granted: 1, ready: 1, active: 1, parked: 0, limit: null };
    },
    async apply({ replicas }): Promise<Grant> {
      course.push(`begin ${replicas}`);
      await clock.sleep(1_000 / replicas);
      course.push(`end ${replicas}`);
      if (replicas === 1) throw new Error('no');
      return { requested: replicas, granted: replicas };
    },
    rankOf: (member) => member.length,
  };
  const scaler = new OneAtATime(slow);
  const changes = Promise.allSettled([1, 2, 4].map((replicas) => scaler.apply({ replicas })));
  await clock.advance(0);
  await scaler.read();
  const ends = await whileTimePasses(clock, changes);
  expect(course).toEqual(['begin 1', 'read', 'end 1', 'begin 2', 'end 2', 'begin 4', 'end 4']);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(scaler.rankOf?.('abc')).toBe(3);
});
