import { describe, expect, test } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { Transition } from '#autoscaler/learn/learner.ts';
import { createSarsa, loadSarsa } from '#autoscaler/learn/sarsa/load-sarsa.ts';
import type { Sarsa } from '#autoscaler/learn/sarsa/sarsa.ts';
import type { Seen } from '#autoscaler/observation.ts';
import { learnerContract } from '../../../contract/learner.ts';
import { seen } from '../../support/sightings.ts';

const ONE = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;
const defaults = defaultConfig.agents.sarsa;
type Settings = typeof defaults;

learnerContract('sarsa', {
  make: async ({ name, bounds }, seed) =>
    createSarsa({
      settings: { ...defaults, alpha: 0.2, gamma: 0.5 },
      actions: { name, ...bounds },
      rng: new Sfc32(seed),
    }),
  load: async (saved, rng) => loadSarsa(saved, { rng }),
  episodes: 50,
});

/** A learner whose state is the number of tasks waiting, 0 to 3, and which never explores. */
function learnerOf(change: Partial<Settings>): Sarsa {
  const settings: Settings = {
    ...defaults,
    bins: [1, 1, 1, 1, 1, 1, 1, 1, 1],
    edges: [{ dimension: 'workerQueue', at: [1, 2, 3] }],
    epsilon: 0,
    epsilonMin: 0,
    ...change,
  };
  return createSarsa({ settings, actions: ONE, rng: new Sfc32(1) });
}

const MASK = [true, true, true];
const at = (waiting: number): Seen => seen({ waiting, workers: 10 });

/** Goes from `from` to `to` by `action`. */
const move = (from: number, to: number, change: Partial<Transition> = {}): Transition => ({
  seen: at(from),
  action: 1,
  reward: 0,
  next: at(to),
  nextMask: MASK,
  terminated: false,
  truncated: false,
  ...change,
});

/** Values of holding in the states 0, 1, … as they were met. */
function holdValues(learner: Sarsa): number[] {
  const { states, values } = learner.save({ resumable: false }).arrays;
  const byState = new Map(Array.from(states!.data, (state, row) => [state, values!.data[row * 3 + 1]!]));
  return [...byState.keys()].sort().map((state) => byState.get(state)!);
}

describe('an update', () => {
  // docs/algorithms/sarsa.md works the first row out: 0 → 1 → 2 → end, rewards 0, 0 and 8, α ½, γ ½, λ ½, all values 0 before.
  // δ of the last step is 8. Traces: 1 for state 2, γλ = ¼ for state 1, 1/16 for state 0.
  test.each([
    { name: 'reaches back by γλ a step', change: { traceLambda: 0.5 }, values: [0.25, 1, 4] },
    { name: 'reaches all the way with λ 1', change: { traceLambda: 1 }, values: [1, 2, 4] },
    { name: 'is one step with λ 0', change: { traceLambda: 0 }, values: [0, 0, 4] },
    { name: 'leaves traces below the threshold', change: { traceLambda: 0.5, traceThreshold: 0.1 }, values: [0, 1, 4] },
  ])('$name', ({ change, values }) => {
    const learner = learnerOf({ alpha: 0.5, gamma: 0.5, ...change });
    learner.learn(move(0, 1));
    learner.learn(move(1, 2));
    learner.learn(move(2, 3, { reward: 8, terminated: true }));
    expect(holdValues(learner)).toEqual(values);
  });

  // State 0 twice, then a reward of 1: e(0) is 1 + ½ when traces add up, 1 when they begin anew (γλ = ½, α = 1).
  test.each([
    { traces: 'accumulating', value: 1.5 },
    { traces: 'replacing', value: 1 },
  ] as const)('of a state that comes again: $traces', ({ traces, value }) => {
    const learner = learnerOf({ alpha: 1, gamma: 0.5, traceLambda: 1, traces });
    learner.learn(move(0, 0));
    learner.learn(move(0, 1, { reward: 1, terminated: true }));
    expect(holdValues(learner)).toEqual([value]);
  });

  test.each([
    { name: 'terminated: nothing follows', ending: { terminated: true }, value: 1 },
    { name: 'truncated: what would follow counts', ending: { truncated: true }, value: 1 + 0.5 * 6 },
  ])('at the end of an episode, $name', ({ ending, value }) => {
    const learner = learnerOf({ alpha: 1, gamma: 0.5, traceLambda: 0 });
    learner.learn(move(1, 0, { reward: 6, terminated: true }));
    learner.endEpisode();
    learner.learn(move(0, 1, { reward: 1, ...ending }));
    expect(holdValues(learner)[0]).toBe(value);
  });

  test('does not reach from one episode into the one before', () => {
    const learner = learnerOf({ alpha: 1, gamma: 1, traceLambda: 1 });
    learner.learn(move(0, 1, { truncated: true }));
    learner.endEpisode();
    learner.learn(move(2, 3, { reward: 5, terminated: true }));
    expect(holdValues(learner)).toEqual([0, 0, 5]);
  });

  test('averages with stepSize average, until α would move more', () => {
    const learner = learnerOf({ alpha: 0.3, gamma: 0, traceLambda: 0, stepSize: 'average' });
    const values = [3, 6, 0, 10].map((reward) => {
      learner.learn(move(0, 1, { reward, terminated: true }));
      return holdValues(learner)[0]!;
    });
    // 3, (3+6)/2, (3+6+0)/3, and with α 0.3 over ¼: 3 + 0.3·7.
    expect(values.map((value) => Number(value.toFixed(9)))).toEqual([3, 4.5, 3, 5.1]);
  });

  test('takes the action that it was reckoned with', () => {
    const learner = learnerOf({ epsilon: 1, epsilonMin: 1, alpha: 1, gamma: 1, traceLambda: 0 });
    // Values of state 1 by action, from updates that end there.
    for (const action of [0, 1, 2]) learner.learn(move(1, 0, { action, reward: 10 ** action, terminated: true }));
    const before = learner.save({ resumable: true });
    for (let i = 0; i < 30; i += 1) {
      const fresh = loadSarsa(before, { rng: new Sfc32('unused') });
      for (let draws = 0; draws < i; draws += 1) fresh.act(at(0), MASK);
      fresh.learn(move(0, 1));
      const reckoned = Math.log10(holdValues(fresh)[0]!);
      expect(fresh.act(at(1), MASK)).toBe(reckoned);
    }
  });

  test('says how far off it was', () => {
    expect(learnerOf({}).learn(move(0, 1, { reward: -3, terminated: true }))).toEqual({ loss: 9 });
  });

  test('stops where values grow beyond all numbers, by name', () => {
    const learner = learnerOf({ alpha: 1, gamma: 1, traceLambda: 1 });
    learner.learn(move(0, 0, { reward: 1e308 }));
    expect(() => learner.learn(move(0, 1, { reward: 1e308, terminated: true }))).not.toThrow();
    learner.learn(move(1, 0, { reward: 0, terminated: true }));
    expect(() => {
      for (let i = 0; i < 5; i += 1) learner.learn(move(0, 0, { reward: 1e308 }));
    }).toThrow(/^sarsa, step \d+ of training \(episode 1\): .+ is (Infinity|NaN|-Infinity); expected a finite number$/);
  });
});

describe('exploration', () => {
  test('decays by episode, and no further than its minimum', () => {
    const learner = learnerOf({ epsilon: 0.4, epsilonMin: 0.1, epsilonDecay: 0.5 });
    const seen = [learner.exploration];
    for (let episode = 0; episode < 3; episode += 1) {
      learner.endEpisode();
      seen.push(learner.exploration);
    }
    expect(seen).toEqual([0.4, 0.2, 0.1, 0.1]);
  });

  test('takes every allowed action about as often', () => {
    const learner = learnerOf({ epsilon: 1, epsilonMin: 1 });
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i += 1) counts[learner.act(at(0), [true, false, true])]! += 1;
    expect(counts[1]).toBe(0);
    expect(Math.abs(counts[0]! - 1500)).toBeLessThan(120);
  });
});

describe('a decision', () => {
  test('takes the best action, with the bins and the values that it saw', () => {
    const learner = learnerOf({
      alpha: 1,
      traceLambda: 0,
      edges: [
        { dimension: 'workerQueue', at: [1, 2.5] },
        { dimension: 'load', at: [8] },
      ],
    });
    for (const [action, reward] of [1.25, 5, 3].entries()) {
      learner.learn(move(2, 0, { action, reward, terminated: true }));
    }
    expect(learner.decide(at(2))).toEqual({
      kind: 'hold',
      because: 'values 10 workers 5.00, 11 workers 3.00, 9 workers 1.25 at workerQueue 1 to 2.5, load below 8',
      values: [
        { replicas: 10, value: 5 },
        { replicas: 11, value: 3 },
        { replicas: 9, value: 1.25 },
      ],
    });
  });

  test('goes to as many workers as its action says', () => {
    const learner = learnerOf({ alpha: 1 });
    learner.learn(move(0, 1, { action: 2, reward: 5, terminated: true }));
    expect(learner.decide(at(0))).toMatchObject({ kind: 'scale', replicas: 11 });
  });

  test('prefers what was tried to what was only hoped for', () => {
    const learner = learnerOf({ alpha: 1, initialValue: 100 });
    learner.learn(move(0, 1, { action: 0, reward: -5, terminated: true }));
    expect(learner.decide(at(0))).toMatchObject({ kind: 'scale', replicas: 9 });
    expect(learner.act(at(0), MASK)).not.toBe(0);
  });

  test.each([
    { ties: 'hold', met: 'hold', replicas: undefined },
    { ties: 'largest', met: 'scale', replicas: 11 },
  ] as const)('on a state that was never met, with ties $ties: $met', ({ ties, met, replicas }) => {
    const decision = learnerOf({ ties }).decide(at(0));
    expect(decision).toMatchObject({ kind: met, ...(replicas === undefined ? {} : { replicas }) });
    expect(decision.because).toBe('a state that training never met at workerQueue below 1');
  });

  test('holds where a number of its state is not one', () => {
    expect(learnerOf({}).decide(at(Number.NaN))).toEqual({ kind: 'hold', because: 'workerQueue is not a number' });
  });
});

describe('usesClock', () => {
  const { bins } = defaults;
  const rows: { name: string; change: Partial<Settings>; usesClock: boolean }[] = [
    { name: "the reference's bins", change: { bins, edges: [] }, usesClock: true },
    { name: 'the queue alone', change: {}, usesClock: false },
    { name: 'tasks done', change: { edges: [{ dimension: 'outputQueue', at: [100] }] }, usesClock: true },
    { name: 'tasks emitted', change: { edges: [{ dimension: 'emitted', at: [100] }] }, usesClock: true },
    {
      name: "the reference's bins without the input queue",
      change: { bins, edges: [{ dimension: 'inputQueue', at: [] }] },
      usesClock: false,
    },
  ];
  test.each(rows)('$name: $usesClock', ({ change, usesClock }) => {
    expect(learnerOf(change).usesClock).toBe(usesClock);
  });
});
