import { describe, expect, test } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { encodeCheckpoint } from '#autoscaler/learn/checkpoint.ts';
import { Dqn, type DqnSettings } from '#autoscaler/learn/dqn/dqn.ts';
import { createDqn, loadDqn } from '#autoscaler/learn/dqn/load-dqn.ts';
import type { Network } from '#autoscaler/learn/network/network.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import { actionSet, type ActionSetName } from '#autoscaler/policy/action-set.ts';
import { learnerContract } from '../../../contract/learner.ts';
import { decidedAction, identityActions, identitySeen, playIdentity } from '../../support/identity-environment.ts';
import { seen } from '../../support/sightings.ts';
import { candidates } from '../network/support/backends.ts';

/** Small and quick, and a target network that follows. */
const quick: DqnSettings = {
  ...defaultConfig.agents.dqn,
  hiddenLayers: [16, 16],
  learningRate: 3e-3,
  gamma: 0.5,
  epsilonDecay: 0.9,
  batchSize: 16,
  replayCapacity: 500,
  warmupSteps: 32,
  targetUpdate: 1,
  targetTau: 0.05,
};

const create = (
  change: Partial<DqnSettings> = {},
  { seed = 1, actions = 'one' }: { seed?: number; actions?: ActionSetName } = {},
): Promise<Dqn> =>
  createDqn({
    settings: { ...quick, ...change },
    actions: { name: actions, minWorkers: 1, maxWorkers: 20 },
    rng: new Sfc32(seed),
  });

const variants: readonly { name: string; change: Partial<DqnSettings> }[] = [
  { name: 'dqn', change: {} },
  { name: 'dqn with all options', change: { nStep: 3, normalise: 'running', features: 'extended', doubleDqn: false } },
];

for (const { name, change } of variants) {
  learnerContract(name, {
    make: (actions, seed) =>
      createDqn({
        settings: { ...quick, ...change },
        actions: { name: actions.name, ...actions.bounds },
        rng: new Sfc32(seed),
      }),
    load: (saved, rng) => loadDqn(saved, { rng }),
    episodes: 60,
  });
}

describe.each(candidates.filter(({ id }) => id === 'tfjs' || id === 'tfjs-node'))('on $id', (candidate) => {
  test.skipIf(candidate.backend === null)(`learns the identity environment ${candidate.because}`, async () => {
    const dqn = await create({ backend: candidate.id === 'tfjs' ? 'tfjs' : 'tfjs-node', hiddenLayers: [16] });
    expect(dqn.backend).toEqual({ backend: candidate.id, tried: [] });
    playIdentity(dqn, { episodes: 40, seed: 1 });
    expect([0, 1, 2].map((right) => decidedAction(dqn, identitySeen(right)))).toEqual([0, 1, 2]);
    dqn.dispose();
  });
});

test('says for the record which backend runs, and why the one that was asked for does not', async () => {
  const { backend } = await create({ backend: 'auto' });
  if (backend.backend === 'tfjs-node') return;
  expect(backend.backend).toBe('own-wasm');
  expect(backend.tried).toEqual([
    { name: 'tfjs-node', because: expect.stringContaining('cannot be loaded') as string },
  ]);
});

describe('the clock', () => {
  test.each([
    { features: 'reference', usesClock: true },
    { features: 'clockless', usesClock: false },
    { features: 'extended', usesClock: true },
    { features: 'extended-clockless', usesClock: false },
  ] as const)('$features: $usesClock', async ({ features, usesClock }) => {
    const dqn = await create({ features });
    expect(dqn.usesClock).toBe(usesClock);
    const values = (phasesLeft: number) => {
      const { observation, info } = seen({ waiting: 3, workers: 10, rate: 2 });
      const [, waiting, result, , ...rest] = observation;
      return dqn.decide({
        observation: [phasesLeft, waiting, result, 100 * phasesLeft, ...rest],
        info: { ...info, emitted: 100 * phasesLeft },
      }).because;
    };
    expect(values(0) !== values(3)).toBe(usesClock);
  });
});

describe('a decision', () => {
  test('names the best values, best first', async () => {
    const dqn = await create();
    const { because } = dqn.decide(seen({ workers: 10 }));
    const found = [...because.matchAll(/(\d+) workers (-?\d+\.\d\d)/g)];
    expect(new Set(found.map(([, workers]) => Number(workers)))).toEqual(new Set([9, 10, 11]));
    const values = found.map(([, , value]) => Number(value));
    expect(values).toEqual(values.toSorted((a, b) => b - a));
  });

  test('of many actions names three', async () => {
    const { because } = (await create({}, { actions: 'target' })).decide(seen({ workers: 10 }));
    expect([...because.matchAll(/workers/g)]).toHaveLength(3);
  });

  test('holds where an observation is no number', async () => {
    const decision = (await create()).decide(seen({ workers: 10, rate: Number.NaN }));
    expect(decision).toEqual({ kind: 'hold', because: 'arrivalRate is NaN, no number' });
  });
});

describe('exploration', () => {
  test('takes every allowed action about as often, and no other', async () => {
    const dqn = await create({ epsilonStart: 1, epsilonEnd: 1 }, { actions: 'steps' });
    const mask = actionSet('steps', { minWorkers: 1, maxWorkers: 20 }).mask(2);
    const counts = mask.map(() => 0);
    for (let i = 0; i < 4000; i += 1) counts[dqn.act(seen({ workers: 2 }), mask)]! += 1;
    for (const [action, allowed] of mask.entries()) {
      if (!allowed) expect(counts[action]).toBe(0);
      else expect(Math.abs(counts[action]! / 4000 - 1 / mask.filter(Boolean).length)).toBeLessThan(0.03);
    }
  });

  test('decays once an episode down to its end', async () => {
    const dqn = await create({ epsilonStart: 0.8, epsilonDecay: 0.5, epsilonEnd: 0.3 });
    const shares = [0, 1, 2, 3].map(() => {
      const now = dqn.exploration;
      dqn.endEpisode();
      return now;
    });
    expect(shares).toEqual([0.8, 0.4, 0.3, 0.3]);
  });
});

describe('how often it trains', () => {
  /** Updates after each of the first ten steps. */
  async function updates(change: Partial<DqnSettings>): Promise<number[]> {
    const dqn = await create({ batchSize: 2, warmupSteps: 0, ...change });
    const at = seen({ workers: 10 });
    const step = {
      seen: at,
      action: 1,
      reward: 1,
      next: at,
      nextMask: [true, true, true],
      terminated: false,
      truncated: false,
    };
    return Array.from({ length: 10 }, () => {
      dqn.learn(step);
      return dqn.updates;
    });
  }

  test.each([
    { name: 'each step, once there is a batch', change: {}, expected: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    { name: 'after the warm-up', change: { warmupSteps: 8 }, expected: [0, 0, 0, 0, 0, 0, 0, 1, 2, 3] },
    { name: 'every third step', change: { trainEvery: 3 }, expected: [0, 0, 1, 1, 1, 2, 2, 2, 3, 3] },
    { name: 'twice a step', change: { updatesPerStep: 2 }, expected: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18] },
    { name: 'once three steps make a return', change: { nStep: 3 }, expected: [0, 0, 0, 1, 2, 3, 4, 5, 6, 7] },
  ])('$name', async ({ change, expected }) => {
    expect(await updates(change)).toEqual(expected);
  });
});

describe('the target network', () => {
  const arraysOf = (model: SavedModel, prefix: string): number[] =>
    Object.entries(model.arrays).flatMap(([name, { data }]) => (name.startsWith(prefix) ? [...data] : []));

  test.each([
    { name: 'is copied', change: { targetUpdate: 10, targetTau: 1 }, equal: true },
    { name: 'follows by Polyak averaging', change: { targetUpdate: 10, targetTau: 0.1 }, equal: false },
  ])('$name', async ({ change, equal }) => {
    const dqn = await create({ ...change, batchSize: 2, warmupSteps: 0 });
    const start = arraysOf(dqn.save({ resumable: true }), 'target/');
    expect(start).toEqual(arraysOf(dqn.save({ resumable: true }), 'online/'));
    const at = seen({ workers: 10 });
    const nextMask = [true, true, true];
    const learn = () =>
      dqn.learn({ seen: at, action: 1, reward: 5, next: at, nextMask, terminated: true, truncated: false });
    while (dqn.updates < 9) learn();
    expect(arraysOf(dqn.save({ resumable: true }), 'target/')).toEqual(start);
    learn();
    const [online, target] = ['online/', 'target/'].map((part) => arraysOf(dqn.save({ resumable: true }), part));
    if (equal) expect(target).toEqual(online);
    else {
      const expected = start.map((value, i) => value + 0.1 * (online![i]! - value));
      expect(Math.max(...target!.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
    }
  });
});

describe('rewards', () => {
  test.each([
    { name: 'cut', change: { rewardClip: 2 }, expected: [2, -2, 1] },
    { name: 'not cut', change: { rewardClip: null }, expected: [50, -50, 1] },
    { name: 'cut, then scaled', change: { rewardClip: 2, rewardScale: 0.5 }, expected: [1, -1, 0.5] },
  ])('are $name', async ({ change, expected }) => {
    const dqn = await create(change);
    const at = seen({ workers: 10 });
    for (const reward of [50, -50, 1]) {
      const step = { seen: at, action: 1, reward, next: at, nextMask: [true, true, true] };
      dqn.learn({ ...step, terminated: false, truncated: false });
    }
    expect([...dqn.save({ resumable: true }).arrays['memory/rewards']!.data]).toEqual(expected);
  });
});

describe('a saved model', () => {
  test('to decide with is small, though the memory is full', async () => {
    const dqn = await create({ hiddenLayers: [128, 64] });
    playIdentity(dqn, { episodes: 30, seed: 1 });
    const { json, weights } = encodeCheckpoint(dqn.save({ resumable: false }));
    expect(json.length + weights.length).toBeLessThan(100_000);
    expect(Object.keys(dqn.save({ resumable: false }).arrays).every((name) => name.startsWith('online/'))).toBe(true);
  });

  test.each([
    {
      name: 'settings of another network',
      damage: (model: SavedModel) => ({ ...model, settings: { ...model.settings, hiddenLayers: [17, 16] } }),
      says: 'layer0/kernel is float32 [9, 16]',
    },
    {
      name: 'a setting that does not exist',
      damage: (model: SavedModel) => ({ ...model, settings: { ...model.settings, depth: 3 } }),
      says: 'unrecognised key "depth"',
    },
    {
      name: 'a broken counter',
      damage: (model: SavedModel) => ({ ...model, progress: { ...model.progress, steps: -1 } }),
      says: 'progress.steps',
    },
    {
      name: 'a missing memory',
      damage: (model: SavedModel) => ({
        ...model,
        arrays: Object.fromEntries(Object.entries(model.arrays).filter(([name]) => !name.startsWith('memory/'))),
      }),
      says: 'array at is missing',
    },
    {
      name: 'a weight that is no number',
      damage: (model: SavedModel) => ({
        ...model,
        arrays: { ...model.arrays, 'online/layer0/bias': { shape: [16], data: new Float32Array(16).fill(Number.NaN) } },
      }),
      says: 'online/layer0/bias has a number that is not finite',
    },
  ])('with $name is refused', async ({ damage, says }) => {
    const dqn = await create();
    playIdentity(dqn, { episodes: 3, seed: 1 });
    await expect(loadDqn(damage(dqn.save({ resumable: true })), { rng: new Sfc32(1) })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(says) as string,
    });
  });
});

describe('stops with the step and the term', () => {
  /** A learner whose network answers and learns as a row says. */
  function learnerOf({ value = 0, loss = 0, gradNorm = 0 }: { value?: number; loss?: number; gradNorm?: number }): Dqn {
    const predict = (_: Float32Array, rows: number) => new Float32Array(3 * rows).fill(value);
    const nothing = { save: () => ({}), load: () => undefined };
    const network: Network = {
      ...nothing,
      predict,
      train: () => ({ loss, gradNorm, errors: new Float32Array() }),
      saveOptimiser: () => ({}),
      loadOptimiser: () => undefined,
      follower: () => ({ ...nothing, predict, follow: () => undefined }),
      dispose: () => undefined,
    };
    return new Dqn({
      settings: { ...quick, batchSize: 1, warmupSteps: 3 },
      actions: identityActions,
      bounds: identityActions.bounds,
      network,
      backend: { backend: 'none', tried: [] },
      chance: { explore: new Sfc32(1), replay: new Sfc32(2) },
    });
  }

  test.each([
    { network: { value: Infinity }, says: 'a target value is Infinity' },
    { network: { value: Number.NaN }, says: 'a target value is NaN' },
    { network: { loss: Number.NaN }, says: 'the loss is NaN' },
    { network: { gradNorm: Infinity }, says: "the gradient's norm is Infinity" },
  ])('$says', ({ network, says }) => {
    const dqn = learnerOf(network);
    const at = seen({ workers: 10 });
    const step = { seen: at, action: 1, reward: 1, next: at, nextMask: [true, true, true] };
    const learn = () => dqn.learn({ ...step, terminated: false, truncated: false });
    learn();
    learn();
    expect(learn).toThrow(`dqn, step 3 of training (episode 1, update 1): ${says}`);
  });
});
