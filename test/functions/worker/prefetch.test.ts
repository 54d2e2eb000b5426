import { describe, expect, it } from 'vitest';
import { demandOf, ServiceTimes } from '../../../functions/worker/prefetch.ts';

describe('demandOf', () => {
  const one = { free: 1, concurrency: 1, prefetch: 16 };
  it.each([
    { name: 'many short tasks, up to prefetch', room: { ...one, serviceMs: 0.1 }, demand: { most: 16, stepMs: 0.1 } },
    { name: '10 ms of work', room: { ...one, serviceMs: 2 }, demand: { most: 5, stepMs: 2 } },
    { name: 'two of 4 ms', room: { ...one, serviceMs: 4 }, demand: { most: 2, stepMs: 4 } },
    { name: 'one of 6 ms', room: { ...one, serviceMs: 6 }, demand: { most: 1 } },
    { name: 'one while service times are unknown', room: { ...one, serviceMs: null }, demand: { most: 1 } },
    { name: 'one where prefetch is off', room: { ...one, prefetch: 1, serviceMs: 0.1 }, demand: { most: 1 } },
    { name: 'nothing without a free place', room: { ...one, free: 0, serviceMs: 0.1 }, demand: { most: 0 } },
    {
      name: 'all that can be begun, however long',
      room: { free: 8, concurrency: 8, prefetch: 1, serviceMs: 5_000 },
      demand: { most: 8 },
    },
    {
      name: '10 ms of work for each of four places',
      room: { free: 4, concurrency: 4, prefetch: 16, serviceMs: 4 },
      demand: { most: 10, stepMs: 1 },
    },
  ])('$name', ({ room, demand }) => {
    expect(demandOf(room)).toEqual(demand);
  });
});

describe('ServiceTimes', () => {
  it('know nothing from a few, then the longest of late', () => {
    const times = new ServiceTimes();
    for (let i = 0; i < 7; i += 1) times.add(1);
    expect(times.longest).toBeNull();
    times.add(30);
    expect(times.longest).toBe(30);
    for (let i = 0; i < 64; i += 1) times.add(2);
    expect(times.longest).toBe(2);
  });
});
