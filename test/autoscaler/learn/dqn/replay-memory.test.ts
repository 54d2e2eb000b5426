import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import type { Experience } from '#autoscaler/learn/dqn/n-step.ts';
import { ReplayMemory, replayRows } from '#autoscaler/learn/dqn/replay-memory.ts';

const SIZES = { features: 2, actions: 3 };

/** The experience number `n`: every part of it tells n. */
const experience = (n: number): Experience => ({
  state: Float32Array.of(n, -n),
  action: n % 3,
  reward: 10 * n,
  next: Float32Array.of(n + 1, -n - 1),
  nextMask: [true, n % 2 === 0, n % 3 === 0],
  discount: 1 / (n + 1),
});

function memoryOf(count: number, capacity = 5): ReplayMemory {
  const memory = new ReplayMemory({ capacity, ...SIZES });
  for (let n = 0; n < count; n += 1) memory.add(experience(n));
  return memory;
}

function sampleOf(memory: ReplayMemory, rows: number, seed = 1) {
  const batch = replayRows({ rows, ...SIZES });
  memory.sample(new Sfc32(seed), batch);
  return batch;
}

describe('the replay memory', () => {
  test('gives experiences back whole', () => {
    const batch = sampleOf(memoryOf(4), 50);
    for (let row = 0; row < batch.rows; row += 1) {
      const n = batch.states[2 * row]!;
      const { state, action, reward, next, nextMask, discount } = experience(n);
      expect([...batch.states.subarray(2 * row, 2 * row + 2)]).toEqual([...state]);
      expect([...batch.nexts.subarray(2 * row, 2 * row + 2)]).toEqual([...next]);
      expect([batch.actions[row], batch.rewards[row]]).toEqual([action, reward]);
      expect(batch.discounts[row]).toBeCloseTo(discount, 6);
      expect([...batch.nextMasks.subarray(3 * row, 3 * row + 3)]).toEqual(nextMask.map(Number));
    }
  });

  test('forgets the oldest when it is full', () => {
    const batch = sampleOf(memoryOf(7), 200);
    const met = new Set(Array.from({ length: 200 }, (_, row) => batch.states[2 * row]!));
    expect([...met].sort()).toEqual([2, 3, 4, 5, 6]);
  });

  test('samples uniformly', () => {
    const rows = 10_000;
    const batch = sampleOf(memoryOf(5), rows);
    for (let n = 0; n < 5; n += 1) {
      const share =
        Array.from({ length: rows }, (_, row) => batch.states[2 * row]).filter((s) => s === n).length / rows;
      expect(Math.abs(share - 0.2)).toBeLessThan(0.015);
    }
  });

  test.each([3, 5, 7])('saved and loaded after %i, goes on as it was', (count) => {
    const whole = memoryOf(count);
    const later = new ReplayMemory({ capacity: 5, ...SIZES });
    later.load(whole.save());
    for (const memory of [whole, later]) for (let n = count; n < count + 3; n += 1) memory.add(experience(n));
    expect(later.size).toBe(whole.size);
    expect(sampleOf(later, 40)).toEqual(sampleOf(whole, 40));
  });

  test('refuses more experiences than it has places', () => {
    const small = new ReplayMemory({ capacity: 3, ...SIZES });
    expect(() => small.load(memoryOf(5).save())).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }) as Error);
  });
});
