import { describe, expect, test } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { decodeCheckpoint, encodeCheckpoint } from '#autoscaler/learn/checkpoint.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import { createSarsa, loadSarsa } from '#autoscaler/learn/sarsa/load-sarsa.ts';
import { resigned } from '../../support/models.ts';
import { seen } from '../../support/sightings.ts';

/** A model with 1,000 states, whose best action in state n is n modulo 3. */
function largeModel(): SavedModel {
  const learner = createSarsa({
    settings: { ...defaultConfig.agents.sarsa, alpha: 1, bins: [1, 1, 1, 1, 1, 1, 1, 1, 1], edges: hundreds() },
    actions: { name: 'one', minWorkers: 1, maxWorkers: 32 },
    rng: new Sfc32(1),
  });
  for (let n = 0; n < 1000; n += 1) {
    const at = seenAt(n);
    learner.learn({
      seen: at,
      action: n % 3,
      reward: n + 1,
      next: at,
      nextMask: [],
      terminated: true,
      truncated: false,
    });
    learner.endEpisode();
  }
  return learner.save({ resumable: true });
}

const hundreds = () => [
  { dimension: 'workerQueue' as const, at: Array.from({ length: 31 }, (_, i) => i + 1) },
  { dimension: 'inFlight' as const, at: Array.from({ length: 31 }, (_, i) => i + 1) },
];
const seenAt = (n: number) => seen({ waiting: Math.floor(n / 32), inFlight: n % 32, workers: 10 });

const model = largeModel();

test('a table of many states comes back whole', () => {
  const learner = loadSarsa(model, { rng: new Sfc32(1) });
  expect(learner.states).toBe(1000);
  for (let n = 0; n < 1000; n += 1) {
    const { because } = learner.decide(seenAt(n));
    expect(because).toMatch(new RegExp(`^values ${9 + (n % 3)} workers ${(n + 1).toFixed(2)} at `));
  }
});

describe('refused, by name', () => {
  const { states, values, visits } = model.arrays;
  const rows: { name: string; change: Partial<SavedModel>; message: RegExp }[] = [
    {
      name: 'no table',
      change: { arrays: {} },
      message: /^array states is missing: a sarsa model has int32 \[any\]; found none$/,
    },
    {
      name: 'no values',
      change: { arrays: { states: states!, visits: visits! } },
      message: /^array values is missing: a sarsa model has float64 \[1000, 3\]; found states, visits$/,
    },
    {
      name: 'values of another kind',
      change: { arrays: { ...model.arrays, values: { shape: [1000, 3], data: new Float32Array(3000) } } },
      message: /^array values is float32 \[1000, 3\] of 3000 numbers; a sarsa model has float64 \[1000, 3\]$/,
    },
    {
      name: 'too few values',
      change: { arrays: { ...model.arrays, values: { shape: [999, 3], data: values!.data.slice(3) } } },
      message: /^array values is float64 \[999, 3\] of 2997 numbers; a sarsa model has float64 \[1000, 3\]$/,
    },
    {
      name: 'values for other actions',
      change: { actions: { name: 'steps', minWorkers: 1, maxWorkers: 32 } },
      message: /^array values is float64 \[1000, 3\] of 3000 numbers; a sarsa model has float64 \[1000, 7\]$/,
    },
    {
      name: 'a value that is no number',
      change: { arrays: { ...model.arrays, values: { shape: [1000, 3], data: new Float64Array(3000).fill(NaN) } } },
      message: /^array values has a number that is not finite$/,
    },
    {
      name: 'a state twice',
      change: { arrays: { ...model.arrays, states: { shape: [1000], data: new Int32Array(1000) } } },
      message: /^array states: expected each state once, from 0 to 1023$/,
    },
    {
      name: 'a state beyond the last',
      change: {
        arrays: { ...model.arrays, states: { shape: [1000], data: Int32Array.from(states!.data, (n) => n + 100) } },
      },
      message: /^array states: expected each state once, from 0 to 1023$/,
    },
    {
      name: 'a setting out of its range',
      change: { settings: { ...model.settings, alpha: 7 } },
      message: /^settings\.alpha: expected a step size over 0 and at most 1, got 7$/,
    },
    {
      name: 'a dimension that nobody knows',
      change: { settings: { ...model.settings, dimensions: [{ name: 'weather', edges: [1] }] } },
      message: /^settings\.dimensions\.0\.name: expected one of inputQueue, .*, got "weather"$/,
    },
    {
      name: 'edges that do not ascend',
      change: { settings: { ...model.settings, dimensions: [{ name: 'workers', edges: [2, 2] }] } },
      message: /^settings\.dimensions\.0\.edges: expected ascending numbers, one or more, got \[2,2\]$/,
    },
    {
      name: 'a generator of another kind',
      change: { progress: { ...model.progress, rng: { lineage: '1', state: [1] } } },
      message: /^progress\.rng\.state: /,
    },
  ];

  test.each(rows)('$name', ({ change, message }) => {
    const changed = decodeCheckpoint(encodeCheckpoint({ ...model, ...change })).model;
    expect(() => loadSarsa(changed, { rng: new Sfc32(1) })).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(message) as string }) as Error,
    );
  });
});

describe('arrays out of place', () => {
  const good = encodeCheckpoint(model);
  const [entry, ...others] = (JSON.parse(good.json) as { arrays: Record<string, unknown>[] }).arrays;

  test.each([
    {
      name: 'beyond the weights',
      arrays: [{ ...entry, offset: 100_000 }, ...others],
      message: /^array states: int32 \[1000\] ends at byte 104000; the weights have 40000$/,
    },
    {
      name: 'of a kind that nobody knows',
      arrays: [{ ...entry, dtype: 'int64' }],
      message: /^arrays\.0\.dtype: expected one of float32/,
    },
    {
      name: 'of a length below 0',
      arrays: [{ ...entry, shape: [-1] }],
      message: /^arrays\.0\.shape\.0: expected a whole number, 0 or more, got -1$/,
    },
    { name: 'twice', arrays: [entry, entry], message: /^arrays: expected each array once/ },
  ])('$name', ({ arrays, message }) => {
    expect(() => decodeCheckpoint(resigned(good, { arrays }))).toThrow(message);
  });
});
