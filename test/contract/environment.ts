import { afterEach, describe, expect, test } from 'vitest';
import type { Environment, ResetResult, StepResult } from '#autoscaler/env/environment.ts';
import { totalReward } from '#autoscaler/env/reward.ts';

export interface EnvironmentUnderTest {
  readonly environment: Environment;
  readonly maxSteps: number;
  /** False on a real farm: one seed is the same tasks there, and time is nobody's. */
  readonly repeatable: boolean;
  /** What is released after a test, beside the environment. */
  readonly stop?: () => Promise<void>;
}

/** Gymnasium's sentences (gymnasium.farama.org, Env; utils.env_checker), for every environment. `make` gives a short one. */
export function environmentContract(name: string, make: () => Promise<EnvironmentUnderTest>): void {
  describe(`${name} as an environment`, () => {
    let under: EnvironmentUnderTest | null = null;
    const start = async (): Promise<EnvironmentUnderTest> => (under = await make());
    afterEach(async () => {
      await under?.environment.close();
      await under?.stop?.();
      under = null;
    });

    test('a rollout keeps the bounds, the mask and the order of things, and ends once', async () => {
      const { environment, maxSteps } = await start();
      const { actions } = environment;
      const first = await environment.reset({ seed: 7 });
      expectWithinSpace(environment, first);
      expect(first.info.step).toBe(0);
      expect(first.info.actionMask).toHaveLength(actions.size);

      let seen: ResetResult | StepResult = first;
      for (let step = 1; ; step += 1) {
        const allowed = seen.info.actionMask.flatMap((is, action) => (is ? [action] : []));
        const action = allowed[step % allowed.length]!;
        const workers = seen.observation[4];
        const result = await environment.step(action);
        expectWithinSpace(environment, result);
        expect(result.info.step).toBe(step);
        expect(result.reward).toBeCloseTo(totalReward(result.info.rewardTerms), 9);
        expect(Math.sign(result.info.requestedDelta)).toBe(Math.sign(actions.replicasOf(action, workers) - workers));
        expect(result.info.counts.emitted).toBeGreaterThanOrEqual(seen.info.counts.emitted);
        expect(result.info.workerSeconds.active).toBeGreaterThan(seen.info.workerSeconds.active);
        expect(result.terminated && result.truncated).toBe(false);
        seen = result;
        if (result.terminated || result.truncated) break;
        expect(step).toBeLessThan(maxSteps);
      }
      const { emitted, collected, met } = seen.info.counts;
      expect(emitted).toBeGreaterThan(0);
      expect(collected).toBeLessThanOrEqual(emitted);
      expect(met).toBeLessThanOrEqual(collected);
      await expect((async () => environment.step(0))()).rejects.toThrow(/over.*reset/);
    });

    test('refuses a step before the first reset, and an action that is none', async () => {
      const { environment } = await start();
      await expect((async () => environment.step(0))()).rejects.toThrow(/reset/);
      await environment.reset({ seed: 1 });
      for (const action of [-1, environment.actions.size, 0.5, Number.NaN]) {
        await expect((async () => environment.step(action))()).rejects.toThrow(RangeError);
      }
    });

    test('one seed is one episode, and another seed another one', async () => {
      const { environment, repeatable } = await start();
      const tasks: number[] = [];
      const rollouts: unknown[] = [];
      for (const seed of [3, 3, 4]) {
        const { rows, last } = await rollout(environment, seed);
        rollouts.push(rows);
        tasks.push(last.info.counts.emitted);
      }
      if (repeatable) {
        expect(rollouts[1]).toEqual(rollouts[0]);
        expect(rollouts[2]).not.toEqual(rollouts[0]);
      } else {
        expect(tasks[1]).toBe(tasks[0]);
      }
    });

    test('resets without a seed go on from the last one', async () => {
      const { environment, repeatable } = await start();
      if (!repeatable) return;
      const run = async (): Promise<unknown[]> => {
        await environment.reset({ seed: 11 });
        const one = await rollout(environment);
        const two = await rollout(environment);
        return [one.rows, two.rows];
      };
      const [one, two] = await run();
      expect(one).not.toEqual(two);
      expect(await run()).toEqual([one, two]);
    });

    test('closes twice', async () => {
      const { environment } = await start();
      await environment.close();
      await environment.close();
    });
  });
}

function expectWithinSpace({ observationSpace }: Environment, { observation }: ResetResult | StepResult): void {
  expect(observation).toHaveLength(observationSpace.length);
  for (const [i, { name, low, high }] of observationSpace.entries()) {
    expect(observation[i], name).toBeGreaterThanOrEqual(low);
    expect(observation[i], name).toBeLessThanOrEqual(high);
  }
}

/** An episode of ups and downs. */
async function rollout(environment: Environment, seed?: number): Promise<{ rows: unknown[]; last: StepResult }> {
  const rows: unknown[] = [await environment.reset(seed === undefined ? {} : { seed })];
  for (let step = 0; ; step += 1) {
    const last = await environment.step(step % environment.actions.size);
    rows.push(last);
    if (last.terminated || last.truncated) return { rows, last };
  }
}
