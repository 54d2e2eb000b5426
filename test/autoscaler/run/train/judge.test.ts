import { describe, expect, it } from 'vitest';
import { isBetter, type Verdict } from '#autoscaler/run/train/judge.ts';

const verdict = (qos: number, meanWorkers: number, reward = 0): Verdict => ({ qos, meanWorkers, reward });

describe('which check is better', () => {
  it.each([
    { name: 'more reward', now: verdict(0.9, 15, 2), best: verdict(0.99, 14, 1), qosTarget: null, better: true },
    {
      name: 'as much reward: the earlier stays',
      now: verdict(0.9, 15, 1),
      best: verdict(0.9, 15, 1),
      qosTarget: null,
      better: false,
    },
    { name: 'the first of all', now: verdict(0.1, 32, -9), best: null, qosTarget: 0.99, better: true },
    {
      name: 'fewer workers where both reach the target',
      now: verdict(0.991, 14.2),
      best: verdict(0.998, 15),
      qosTarget: 0.99,
      better: true,
    },
    {
      name: 'fewer workers, and short of the target',
      now: verdict(0.97, 12),
      best: verdict(0.998, 15),
      qosTarget: 0.99,
      better: false,
    },
    {
      name: 'reaches the target as the first',
      now: verdict(0.991, 20),
      best: verdict(0.989, 12),
      qosTarget: 0.99,
      better: true,
    },
    {
      name: 'nearer to the target where none reaches it',
      now: verdict(0.98, 16),
      best: verdict(0.97, 12),
      qosTarget: 0.99,
      better: true,
    },
  ])('$name', ({ now, best, qosTarget, better }) => {
    expect(isBetter(now, best, qosTarget)).toBe(better);
  });
});
