import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { encodeCheckpoint } from '#autoscaler/learn/checkpoint.ts';
import type { Cem } from '#autoscaler/learn/cem/cem.ts';
import { createCem, loadCem } from '#autoscaler/learn/cem/load-cem.ts';
import type { Transition } from '#autoscaler/learn/learner.ts';
import { learnerContract } from '../../../contract/learner.ts';
import { policyContract } from '../../../contract/policy.ts';
import { look, wanted } from '../../policy/looks.ts';
import { seen } from '../../support/sightings.ts';

const ONE = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;
const TARGET = { ...ONE, name: 'target' } as const;
const MASK = [true, true, true];
const defaults = defaultConfig.agents.cem;
type Settings = typeof defaults;

/** Knots where the identity environment is, and a pool of ten, which is where it begins. */
const identity: Settings = {
  ...defaults,
  knots: [0, 1, 2],
  initialWorkers: 10,
  population: 20,
  elites: 4,
  episodesPerCandidate: 1,
};

learnerContract('cem', {
  make: async ({ name, bounds }, seed) =>
    createCem({ settings: identity, actions: { name, ...bounds }, rng: new Sfc32(seed) }),
  load: async (saved, rng) => loadCem(saved, { rng }),
  episodes: 400,
});

/** A learner with a generation behind it, so that no gain and no height is what it was. */
function trained(change: Partial<Settings>, actions: Parameters<typeof createCem>[0]['actions']): Cem {
  const settings = { ...defaults, population: 4, elites: 2, episodesPerCandidate: 1, gainSd: 3, ...change };
  const learner = createCem({ settings, actions, rng: new Sfc32(1) });
  for (const reward of [1, 5, 3, 4]) playEpisode(learner, [reward]);
  return learner;
}

policyContract('cem', (options) => trained({}, { ...options, name: 'steps' }));

policyContract('cem without a clock', (options) =>
  trained({ over: 'arrivalRate', knots: [1, 2, 4, 8] }, { ...options, name: 'steps' }),
);

const calm = seen({ workers: 10 });

/** An episode with these rewards; `end: false`: it breaks off. */
function playEpisode(learner: Cem, rewards: readonly number[], { end = true } = {}): void {
  for (const [i, reward] of rewards.entries()) {
    const terminated = end && i === rewards.length - 1;
    const transition: Transition = {
      seen: calm,
      action: 1,
      reward,
      next: calm,
      nextMask: MASK,
      terminated,
      truncated: false,
    };
    learner.learn(transition);
  }
  learner.endEpisode();
}

const small = { population: 3, elites: 1, episodesPerCandidate: 2, smoothing: 1, knots: [0, 10] };
const smallLearner = (change: Partial<Settings> = {}): Cem =>
  createCem({ settings: { ...defaults, ...small, ...change }, actions: ONE, rng: new Sfc32(1) });

const arrayOf = (learner: Cem, name: string): number[] => [...learner.save({ resumable: true }).arrays[name]!.data];

describe('a generation', () => {
  test('ends with the mean at the candidate whose episodes were worth most, all steps added up', () => {
    const learner = smallLearner();
    const candidates = arrayOf(learner, 'population');
    const size = candidates.length / small.population;
    // Totals of 6 and 2, 9 and 1, 7 and 2: the second candidate is best with a mean of 5.
    for (const rewards of [[4, 2], [2], [10, -1], [1], [7], [2]]) playEpisode(learner, rewards);
    expect(arrayOf(learner, 'mean')).toEqual(candidates.slice(size, 2 * size));
    expect(arrayOf(learner, 'sd')).toEqual(Array.from({ length: size }, () => defaults.leastSd));
  });

  test('goes on to the next candidate when the first has played its episodes', () => {
    const learner = smallLearner();
    for (const rewards of [[4, 2], [2], [3]]) playEpisode(learner, rewards);
    const { progress, arrays } = learner.save({ resumable: true });
    expect(progress).toMatchObject({ generation: 0, candidate: 1, played: 1, sum: 3, episodes: 3, steps: 4 });
    expect([...arrays['returns']!.data]).toEqual([4, 0, 0]);
  });

  test('does not count an episode that broke off, and plays its seed again', () => {
    const [whole, broken] = [smallLearner(), smallLearner()];
    playEpisode(broken, [100, 100], { end: false });
    expect(broken.seedIndex).toBe(0);
    for (const learner of [whole, broken]) playEpisode(learner, [1]);
    expect(broken.save({ resumable: true }).arrays).toEqual(whole.save({ resumable: true }).arrays);
    expect(broken.seedIndex).toBe(1);
  });

  test('has the same seeds for each of its candidates, and others than the one before', () => {
    fc.assert(
      fc.property(
        fc.record({ population: fc.integer({ min: 2, max: 6 }), episodesPerCandidate: fc.integer({ min: 1, max: 5 }) }),
        ({ population, episodesPerCandidate }) => {
          const learner = smallLearner({ population, episodesPerCandidate });
          for (let generation = 0; generation < 3; generation += 1) {
            for (let candidate = 0; candidate < population; candidate += 1) {
              for (let episode = 0; episode < episodesPerCandidate; episode += 1) {
                expect(learner.seedIndex).toBe(generation * episodesPerCandidate + episode);
                playEpisode(learner, [candidate]);
              }
            }
          }
        },
      ),
    );
  });

  test('interrupted between any two episodes goes on bit by bit', () => {
    const whole = smallLearner();
    const bytes = (learner: Cem) => encodeCheckpoint(learner.save({ resumable: true }));
    let resumed = smallLearner();
    for (let episode = 0; episode < 20; episode += 1) {
      resumed = loadCem(resumed.save({ resumable: true }), { rng: new Sfc32('unused') });
      for (const learner of [whole, resumed]) playEpisode(learner, [(episode * 7) % 5, 0.1]);
      expect(bytes(resumed)).toEqual(bytes(whole));
      expect(resumed.seedIndex).toBe(whole.seedIndex);
    }
  });
});

describe('the rule', () => {
  /** Three knots and the gains of waiting, late and busy. */
  const ruleWith = (mean: readonly number[], change: Partial<Settings> = {}): Cem => {
    const settings = { ...defaults, ...small, knots: [0, 100, 200], ...change };
    const { arrays, ...saved } = createCem({ settings, actions: TARGET, rng: new Sfc32(1) }).save({ resumable: false });
    const shape = [mean.length];
    return loadCem(
      { ...saved, arrays: { ...arrays, mean: { shape, data: Float64Array.from(mean) } } },
      { rng: new Sfc32(1) },
    );
  };
  const at = (emitted: number, numbers: Parameters<typeof look>[1] = {}, qosRate = 1) => {
    const { observation, info } = look(0, { workers: 10, inFlight: 6, ...numbers });
    const [input, waiting, result, output, workers, avgTime, maxTime, rate] = observation;
    return {
      observation: [input, waiting, result, output, workers, avgTime, maxTime, rate, qosRate],
      info: { ...info, emitted },
    } as const;
  };

  test.each([
    { name: 'the curve on a farm that keeps up', seen: at(50), workers: 9 },
    { name: 'rounded', seen: at(59), workers: 9 },
    { name: 'two workers more for eight tasks that wait', seen: at(50, { waiting: 8 }), workers: 11 },
    { name: 'no more than for twenty', seen: at(50, { waiting: 900 }), workers: 14 },
    { name: 'four times three halves for a window of late tasks', seen: at(50, {}, 0), workers: 15 },
    { name: 'one more for a pool with eight too many in hand', seen: at(50, { inFlight: 14 }), workers: 10 },
    { name: 'all together, within the bounds', seen: at(150, { waiting: 90, inFlight: 90 }, 0), workers: 32 },
  ])('wants $name', ({ seen, workers }) => {
    expect(wanted(ruleWith([8, 10, 12, 1, 1.5, 0.5]), seen)).toBe(workers);
  });

  test('says why', () => {
    expect(ruleWith([8, 10, 12, 1, 1.5, -0.5]).decide(at(50, { waiting: 8, inFlight: 10 }))).toEqual({
      kind: 'scale',
      replicas: 11,
      because: 'curve 9.0 at emitted 50.0, waiting +2.0, late +0.0, busy −0.5',
    });
  });

  test('holds where it wants what there is', () => {
    expect(ruleWith([10, 10, 10, 0, 0, 0]).decide(at(50)).kind).toBe('hold');
  });

  test.each([
    { name: 'workerQueue', seen: at(50, { waiting: NaN }) },
    { name: 'arrivalRate', seen: at(50, { rate: NaN }) },
    { name: 'qosRate', seen: at(50, {}, NaN) },
  ])('holds where $name is not a number', ({ name, seen }) => {
    const learner = ruleWith([8, 10, 12, 1, 1, 1], { over: 'arrivalRate' });
    expect(learner.decide(seen)).toEqual({ kind: 'hold', because: `${name} is not a number` });
  });

  test('may run over the arrival rate, which is averaged', () => {
    const learner = ruleWith([0, 10, 20, 0, 0, 0], { over: 'arrivalRate', knots: [0, 5, 10] });
    const wants = [
      [0, 4],
      [8, 9],
      [16, 9],
    ].map(([atS, rate]) => wanted(learner, look(atS!, { workers: 1, rate: rate! })));
    expect(wants).toEqual([8, 14, 17]);
  });

  test('explores around the mean: a candidate decides for itself', () => {
    const learner = createCem({ settings: { ...defaults, initialSd: 5 }, actions: TARGET, rng: new Sfc32(1) });
    const mask = Array.from({ length: 32 }, () => true);
    const heights = arrayOf(learner, 'population');
    expect(learner.act(calm, mask) + 1).not.toBe(wanted(learner, calm));
    // On the first knot; six of ten workers idle too many, which the gain of `busy` answers.
    const busy = heights[defaults.knots.length + 2]!;
    expect(learner.act(calm, mask) + 1).toBe(Math.round(heights[0]! + busy * -1.5));
  });

  test('holds where the pool is beyond its bounds and cannot go towards them', () => {
    const learner = smallLearner();
    expect(learner.act(seen({ workers: 40 }), [false, true, false])).toBe(1);
  });
});
