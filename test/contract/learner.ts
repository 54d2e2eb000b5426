import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { decodeCheckpoint, encodeCheckpoint } from '#autoscaler/learn/checkpoint.ts';
import type { Learner, Transition } from '#autoscaler/learn/learner.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import { actionSet, type ActionSet } from '#autoscaler/policy/action-set.ts';
import { anySeen, seen } from '../autoscaler/support/sightings.ts';
import {
  decidedAction,
  identityActions,
  identitySeen,
  playIdentity,
} from '../autoscaler/support/identity-environment.ts';

/** A learner under test, small enough to be quick. */
export interface LearnerUnderTest {
  readonly make: (actions: ActionSet, seed: number) => Promise<Learner>;
  readonly load: (saved: SavedModel, rng: Sfc32) => Promise<Learner>;
  /** Episodes of 20 steps after which it has learnt the identity environment. */
  readonly episodes: number;
}

/** The model by way of its bytes, as a store would have it. */
const throughBytes = (model: SavedModel): SavedModel => decodeCheckpoint(encodeCheckpoint(model)).model;

const bytesOf = (learner: Learner, resumable: boolean) => encodeCheckpoint(learner.save({ resumable }));

const calm = seen({ workers: 10 });

const transition = (change: Partial<Transition> = {}): Transition => ({
  seen: calm,
  action: 1,
  reward: 1,
  next: calm,
  nextMask: identityActions.mask(10),
  terminated: false,
  truncated: false,
  ...change,
});

/** What every learner keeps to. */
export function learnerContract(name: string, { make, load, episodes }: LearnerUnderTest): void {
  describe(`${name} as a learner`, () => {
    test('learns the identity environment', async () => {
      const learner = await make(identityActions, 1);
      playIdentity(learner, { episodes, seed: 1 });
      expect([0, 1, 2].map((right) => decidedAction(learner, identitySeen(right)))).toEqual([0, 1, 2]);
    });

    test('explores less and less, and says how much', async () => {
      const learner = await make(identityActions, 1);
      const before = learner.exploration;
      playIdentity(learner, { episodes, seed: 1 });
      expect(before).toBeLessThanOrEqual(1);
      expect(learner.exploration).toBeLessThan(before);
      expect(learner.exploration).toBeGreaterThanOrEqual(0);
    });

    test('is the same for the same seed, and another for another', async () => {
      const [one, other, third] = [
        await make(identityActions, 7),
        await make(identityActions, 7),
        await make(identityActions, 8),
      ];
      const rewards = [one, other, third].map((learner) => playIdentity(learner, { episodes: 10, seed: 3 }));
      expect(rewards[1]).toEqual(rewards[0]);
      expect(rewards[2]).not.toEqual(rewards[0]);
      expect(bytesOf(other, true)).toEqual(bytesOf(one, true));
    });

    test('saved and loaded, goes on bit by bit where it was', async () => {
      const whole = await make(identityActions, 5);
      playIdentity(whole, { episodes: 20, seed: 'first' });
      const later = await load(throughBytes(whole.save({ resumable: true })), new Sfc32('unused'));
      expect(later.exploration).toBe(whole.exploration);
      for (const learner of [whole, later]) playIdentity(learner, { episodes: 20, seed: 'second' });
      expect(bytesOf(later, true)).toEqual(bytesOf(whole, true));
    });

    test.each([true, false])('saved and loaded, decides the same (resumable: %s)', async (resumable) => {
      const learner = await make(identityActions, 2);
      playIdentity(learner, { episodes: 10, seed: 2 });
      const loaded = await load(throughBytes(learner.save({ resumable })), new Sfc32('other'));
      expect(loaded.usesClock).toBe(learner.usesClock);
      fc.assert(
        fc.property(anySeen, (at) => {
          expect(loaded.decide(at)).toEqual(learner.decide(at));
        }),
      );
    });

    test('changes nothing by deciding', async () => {
      const learner = await make(identityActions, 2);
      playIdentity(learner, { episodes: 5, seed: 2 });
      const before = bytesOf(learner, true);
      fc.assert(fc.property(anySeen, (at) => learner.decide(at).because !== ''));
      expect(bytesOf(learner, true)).toEqual(before);
    });

    test.each(['one', 'steps', 'target'] as const)('takes and decides allowed actions only: %s', async (set) => {
      const bounds = { minWorkers: 2, maxWorkers: 5 };
      const actions = actionSet(set, bounds);
      const learner = await make(actions, 3);
      const rng = new Sfc32(3);
      let workers = bounds.minWorkers;
      for (let step = 0; step < 300; step += 1) {
        const at = seen({ workers, rate: rng.int(4) });
        const mask = actions.mask(workers);
        const action = learner.act(at, mask);
        expect(mask[action]).toBe(true);
        const decision = learner.decide(at);
        if (decision.kind === 'scale') expect(mask[actions.actionFor(decision.replicas, workers)]).toBe(true);
        workers = actions.replicasOf(action, workers);
        learner.learn(
          transition({
            seen: at,
            action,
            reward: -workers,
            next: seen({ workers, rate: 1 }),
            nextMask: actions.mask(workers),
          }),
        );
      }
    });

    test.each([
      { term: 'reward', change: { reward: Number.NaN } },
      { term: 'reward', change: { reward: Infinity } },
      { term: 'arrivalRate', change: { next: seen({ workers: 10, rate: Number.NaN }) } },
    ])('stops at a $term that is not finite, by step and name', async ({ term, change }) => {
      const learner = await make(identityActions, 3);
      learner.act(calm, identityActions.mask(10));
      learner.learn(transition());
      expect(() => learner.learn(transition(change))).toThrow(
        expect.objectContaining({
          code: 'TRAINING_DIVERGED',
          message: expect.stringMatching(new RegExp(`step 2\\b.*${term}`)) as string,
        }) as Error,
      );
    });
  });
}
