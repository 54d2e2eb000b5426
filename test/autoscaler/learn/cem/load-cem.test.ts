import { expect, test } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { encodeCheckpoint } from '#autoscaler/learn/checkpoint.ts';
import { createCem, loadCem } from '#autoscaler/learn/cem/load-cem.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';

const settings = { ...defaultConfig.agents.cem, knots: [0, 1], population: 3, elites: 1 };
const learner = createCem({ settings, actions: { name: 'one', minWorkers: 1, maxWorkers: 32 }, rng: new Sfc32(1) });
const model = learner.save({ resumable: true });
const { mean, sd, population } = model.arrays;

test('a model to decide with is tiny', () => {
  const { json, weights } = encodeCheckpoint(learner.save({ resumable: false }));
  expect(weights.byteLength).toBe(5 * 8);
  expect(json.length).toBeLessThan(2000);
});

test('a model that was not saved to go on is searched around, as wide as at first', () => {
  const again = loadCem(learner.save({ resumable: false }), { rng: new Sfc32(2) });
  expect(again.exploration).toBe(1);
  expect(again.save({ resumable: true }).arrays['population']).not.toEqual(population);
});

const rows: { name: string; change: Partial<SavedModel>; message: RegExp }[] = [
  {
    name: 'no mean',
    change: { arrays: { sd: sd! } },
    message: /^array mean is missing: a cem model has float64 \[5\]; found sd$/,
  },
  {
    name: 'a mean for other knots',
    change: { settings: { ...settings, knots: [0, 1, 2] } },
    message: /^array mean is float64 \[5\] of 5 numbers; a cem model has float64 \[6\]$/,
  },
  {
    name: 'a height that is no number',
    change: { arrays: { ...model.arrays, mean: { ...mean!, data: new Float64Array(5).fill(NaN) } } },
    message: /^array mean has a number that is not finite$/,
  },
  {
    name: 'candidates of another population',
    change: { settings: { ...settings, population: 4 } },
    message: /^array population is float64 \[3, 5\] of 15 numbers; a cem model has float64 \[4, 5\]$/,
  },
  {
    name: 'a candidate that there is not',
    change: { progress: { ...model.progress, candidate: 3 } },
    message: /^progress\.candidate is 3; expected less than settings\.population \(3\)$/,
  },
  {
    name: 'settings that are not allowed',
    change: { settings: { ...settings, over: 'moon' } },
    message: /settings\.over/,
  },
  { name: 'progress that is none', change: { progress: { generation: -1 } }, message: /progress\.generation/ },
];

test.each(rows)('$name is refused, by name', ({ change, message }) => {
  expect(() => loadCem({ ...model, ...change }, { rng: new Sfc32(1) })).toThrow(
    expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringMatching(message) as string }) as Error,
  );
});
