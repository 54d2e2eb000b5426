import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '#autoscaler/learn/dqn/features.ts';
import { normaliserOf } from '#autoscaler/learn/dqn/normaliser.ts';
import { anySeen, seen } from '../../support/sightings.ts';

const bounds = { minWorkers: 1, maxWorkers: 32 };
const NINE = [
  'inputQueue',
  'workerQueue',
  'resultQueue',
  'outputQueue',
  'workers',
  'avgTime',
  'maxTime',
  'arrivalRate',
  'qosRate',
];
const MORE = ['inFlight', 'ready', 'active', 'load', 'loadPerWorker', 'arrivalsPerWorker', 'emitted'];
const clock = ['inputQueue', 'outputQueue', 'emitted'];

describe('the features', () => {
  test.each([
    { set: 'reference', names: NINE },
    { set: 'clockless', names: NINE.filter((name) => !clock.includes(name)) },
    { set: 'extended', names: [...NINE, ...MORE] },
    { set: 'extended-clockless', names: [...NINE, ...MORE].filter((name) => !clock.includes(name)) },
  ] as const)('of $set', ({ set, names }) => {
    expect(featuresOf(set, bounds).map(({ name }) => name)).toEqual(names);
  });

  test('are read from what is seen', () => {
    const at = seen({ waiting: 6, workers: 4, avgTime: 2, maxTime: 3, rate: 2, inFlight: 4 });
    const read = Object.fromEntries(featuresOf('extended', bounds).map((feature) => [feature.name, feature.read(at)]));
    expect(read).toEqual({
      inputQueue: 0,
      workerQueue: 6,
      resultQueue: 0,
      outputQueue: 0,
      workers: 4,
      avgTime: 2,
      maxTime: 3,
      arrivalRate: 2,
      qosRate: 1,
      inFlight: 4,
      ready: 4,
      active: 4,
      load: 10,
      loadPerWorker: 2.5,
      arrivalsPerWorker: 0.5,
      emitted: 0,
    });
  });
});

describe('normalisation', () => {
  const features = featuresOf('reference', bounds);
  const scaled = (kind: 'fixed' | 'reference', values: readonly number[]): number[] => {
    const row = Float32Array.from(values);
    normaliserOf(kind, features).apply(row);
    return [...row].map((value) => Number(value.toFixed(4)));
  };

  test.each([
    { name: 'fixed: an idle farm', kind: 'fixed', values: [0, 0, 0, 0, 0, 0, 0, 0, 0], expected: Array(9).fill(0) },
    {
      name: 'fixed: what counts as 1',
      kind: 'fixed',
      values: [4, 100, 10, 1000, 32, 4, 8, 10, 1],
      expected: Array(9).fill(1),
    },
    {
      name: 'fixed: far beyond it',
      kind: 'fixed',
      values: [1e6, 1e12, 1e6, 1e6, 1e6, 1e6, 1e9, 1e6, 1],
      expected: [4, 4, 4, 4, 4, 4, 4, 4, 1],
    },
    {
      name: 'reference: halves of its maxima',
      kind: 'reference',
      values: [1.5, 400, 5, 570, 16, 75, 80, 6, 0.5],
      expected: Array(9).fill(0.5),
    },
    {
      name: 'reference: cut off beyond them',
      kind: 'reference',
      values: [9, 9000, 99, 9000, 40, 900, 900, 99, 1],
      expected: Array(9).fill(1),
    },
  ] as const)('$name', ({ kind, values, expected }) => {
    expect(scaled(kind, values)).toEqual(expected);
  });

  test('running: what was met has mean 0 and deviation 1', () => {
    const normaliser = normaliserOf('running', features.slice(0, 2));
    const rows = [
      [1, 10],
      [2, 20],
      [3, 60],
    ];
    for (const row of rows) normaliser.update(Float32Array.from(row));
    const all = Float32Array.from(rows.flat());
    normaliser.apply(all);
    const columns = [0, 1].map((column) => rows.map((_, row) => all[2 * row + column]!));
    for (const column of columns) {
      expect(column.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
      expect(column.reduce((sum, value) => sum + value ** 2, 0) / 3).toBeCloseTo(1, 5);
    }
  });

  test.each(['fixed', 'reference', 'running'] as const)('%s: any observation becomes small and finite', (kind) => {
    const normaliser = normaliserOf(kind, features);
    fc.assert(
      fc.property(anySeen, (at) => {
        const row = Float32Array.from(features, (feature) => feature.read(at));
        normaliser.update(row);
        normaliser.apply(row);
        for (const value of row) expect(Math.abs(value)).toBeLessThanOrEqual(5);
      }),
    );
  });
});
