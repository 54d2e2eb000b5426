import { describe, expect, test } from 'vitest';
import { costReward } from '#autoscaler/env/cost-reward.ts';
import { StaticPolicy } from '#autoscaler/policy/static.ts';
import { anneal } from '#autoscaler/run/bounds/anneal.ts';
import { clairvoyant } from '#autoscaler/run/bounds/clairvoyant.ts';
import { playEpisode } from '#autoscaler/run/rollout.ts';
import { Sfc32 } from '#shared/rng.ts';
import { simulated } from '../../support/simulated.ts';

describe('annealing', () => {
  test('finds the schedule of least cost where there is only one', () => {
    const wanted = [0, 1, 1, 0, -1, 0, 1, -1];
    const cost = (deltas: Int8Array): number => wanted.reduce((sum, delta, i) => sum + Math.abs(delta - deltas[i]!), 0);
    const found = anneal({ cost, steps: wanted.length, iterations: 3_000, from: 2, to: 0.01, rng: new Sfc32(1) });
    expect([...found.deltas]).toEqual(wanted);
    expect(found.cost).toBe(0);
  });
});

describe('the clairvoyant bound', () => {
  test('costs less than any fixed pool on the same episode', async () => {
    const environment = simulated({ workload: 'reference-as-coded', reward: costReward({ lateCost: 30 }) });
    const contender = clairvoyant({ environment, maxSteps: 30, iterations: 600 });
    expect(contender.deployable).toBe(false);
    const bound = await playEpisode({ environment, policy: await contender.policyFor(5), seed: 5 });
    for (const workers of [11, 12, 13, 14, 15, 16]) {
      const pool = await playEpisode({ environment, policy: new StaticPolicy(workers), seed: 5 });
      expect(bound.summary.totalReward).toBeGreaterThan(pool.summary.totalReward);
    }
  });

  test('knows the same schedule for the same seed', async () => {
    const plan = async (): Promise<unknown> => {
      const environment = simulated({ workload: 'reference-as-coded', reward: costReward({ lateCost: 30 }) });
      const policy = await clairvoyant({ environment, maxSteps: 30, iterations: 50 }).policyFor(3);
      return (await playEpisode({ environment, policy, seed: 3 })).rows;
    };
    expect(await plan()).toEqual(await plan());
  });
});
