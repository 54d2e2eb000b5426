import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { initialWeights } from '#autoscaler/learn/network/initial-weights.ts';
import type { NamedArrays } from '#autoscaler/learn/network/named-arrays.ts';
import type { Network, NetworkShape, TrainBatch } from '#autoscaler/learn/network/network.ts';
import type { NetworkBackend } from '#autoscaler/learn/network/network-backend.ts';
import { candidates } from './support/backends.ts';
import { exactLayers, exactLoss, exactOutputs, finiteDifferences } from './support/exact-network.ts';

/** Widths that are no multiples of 4, and an odd number of rows: padding and remainders take part. */
const shape: NetworkShape = { inputs: 5, hidden: [13, 7], outputs: 3 };
const ROWS = 9;

function batchOf(seed: number, change: Partial<TrainBatch> = {}): TrainBatch {
  const rng = new Sfc32(seed);
  return {
    rows: ROWS,
    inputs: Float32Array.from({ length: ROWS * shape.inputs }, () => 2 * rng.float() - 1),
    chosen: Int32Array.from({ length: ROWS }, () => rng.int(shape.outputs)),
    // Some errors on the square part of the loss, some on the straight one.
    targets: Float32Array.from({ length: ROWS }, () => 6 * rng.float() - 3),
    weights: Float32Array.from({ length: ROWS }, () => 0.5 + rng.float()),
    learningRate: 0.01,
    ...change,
  };
}

async function create(backend: NetworkBackend, change: { maxGradNorm?: number } = {}): Promise<Network> {
  return backend.create({
    shape,
    maxRows: ROWS,
    maxGradNorm: 1e9,
    weights: initialWeights(shape, new Sfc32('weights')),
    ...change,
  });
}

const numbers = (arrays: NamedArrays): number[] => Object.values(arrays).flatMap(({ data }) => Array.from(data));

function farthest(one: readonly number[], other: readonly number[]): number {
  expect(one.length).toBe(other.length);
  return Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));
}

describe.each(candidates.filter(({ backend }) => backend !== null))('$id', ({ backend: found }) => {
  const backend = found!;

  test.each([1, 2, 3, 4, ROWS])('predicts as the exact network does: %i rows', async (rows) => {
    const network = await create(backend);
    const { inputs } = batchOf(1);
    const exact = exactLayers(shape, network.save());
    const expected = Array.from({ length: rows }, (_, row) =>
      exactOutputs(exact, inputs.subarray(row * shape.inputs, (row + 1) * shape.inputs)),
    ).flat();
    const predicted = network.predict(inputs.subarray(0, rows * shape.inputs), rows);
    expect(farthest(Array.from(predicted), expected)).toBeLessThan(1e-5);
  });

  test.each([
    { name: 'weighted', change: {} },
    { name: 'unweighted', change: { weights: undefined } },
    { name: 'a part of the room', change: { rows: 4 } },
  ])('has the gradient of finite differences: $name', async ({ change }) => {
    const network = await create(backend);
    const { weights, ...rest } = { ...batchOf(2), ...change };
    const batch: TrainBatch = weights === undefined ? rest : { ...rest, weights };
    const exact = exactLayers(shape, network.save());
    const expected = finiteDifferences(exact, batch);
    const { loss, gradNorm, errors } = network.train(batch);
    expect(loss).toBeCloseTo(exactLoss(exact, batch), 5);
    expect(gradNorm).toBeCloseTo(Math.hypot(...expected), 4);
    expect(errors).toHaveLength(batch.rows);
    // After one step of Adam the first moment is a tenth of the gradient.
    const { steps, ...moments } = network.saveOptimiser();
    expect(Array.from(steps!.data)).toEqual([1]);
    const first = Object.entries(moments).filter(([name]) => name.endsWith('/m'));
    expect(
      farthest(
        numbers(Object.fromEntries(first)),
        expected.map((value) => value / 10),
      ),
    ).toBeLessThan(1e-5);
  });

  test('scales a long gradient down to the greatest norm, and leaves a short one', async () => {
    const batch = batchOf(3);
    const free = await create(backend);
    const clipped = await create(backend, { maxGradNorm: 0.1 });
    const { gradNorm } = free.train(batch);
    expect(clipped.train(batch).gradNorm).toBeCloseTo(gradNorm, 5);
    const moments = (network: Network) =>
      Object.entries(network.saveOptimiser()).flatMap(([name, { data }]) => (name.endsWith('/m') ? [...data] : []));
    expect(Math.hypot(...moments(free))).toBeCloseTo(gradNorm / 10, 5);
    expect(Math.hypot(...moments(clipped))).toBeCloseTo(0.01, 5);
  });

  test('learns what it is shown', async () => {
    const network = await create(backend);
    const batch = batchOf(4);
    const before = network.train(batch).loss;
    for (let step = 0; step < 200; step += 1) network.train(batch);
    expect(network.train(batch).loss).toBeLessThan(before / 20);
  });

  test('two of them do the same, bit by bit', async () => {
    const [one, other] = [await create(backend), await create(backend)];
    for (let step = 0; step < 10; step += 1) for (const network of [one, other]) network.train(batchOf(step));
    expect(numbers(other.save())).toEqual(numbers(one.save()));
  });

  test('goes on bit by bit from what was saved', async () => {
    const whole = await create(backend);
    for (let step = 0; step < 5; step += 1) whole.train(batchOf(step));
    const later = await backend.create({ shape, maxRows: ROWS, maxGradNorm: 1e9, weights: whole.save() });
    later.loadOptimiser(whole.saveOptimiser());
    for (let step = 5; step < 10; step += 1) for (const network of [whole, later]) network.train(batchOf(step));
    expect(numbers(later.save())).toEqual(numbers(whole.save()));
    expect(numbers(later.saveOptimiser())).toEqual(numbers(whole.saveOptimiser()));
  });

  test('a follower stays where it was, goes a share of the way, or all of it', async () => {
    const network = await create(backend);
    const follower = network.follower();
    const start = numbers(network.save());
    for (let step = 0; step < 20; step += 1) network.train(batchOf(step));
    const goal = numbers(network.save());
    expect(numbers(follower.save())).toEqual(start);
    follower.follow(0.25);
    const quarter = start.map((value, i) => value + 0.25 * (goal[i]! - value));
    expect(farthest(numbers(follower.save()), quarter)).toBeLessThan(1e-6);
    follower.follow(1);
    expect(numbers(follower.save())).toEqual(goal);
    const { inputs } = batchOf(1);
    expect([...follower.predict(inputs, ROWS)]).toEqual([...network.predict(inputs, ROWS)]);
    expect(numbers(network.save())).toEqual(goal);
  });

  test('changes nothing where the loss is not finite, and says so', async () => {
    const network = await create(backend);
    const before = [numbers(network.save()), numbers(network.saveOptimiser())];
    const targets = batchOf(1).targets.map((value, i) => (i === 3 ? Number.NaN : value));
    expect(network.train(batchOf(1, { targets })).loss).toBeNaN();
    expect([numbers(network.save()), numbers(network.saveOptimiser())]).toEqual(before);
  });

  test('refuses more rows than it has room for', async () => {
    const network = await create(backend);
    const rows = ROWS + 1;
    expect(() => network.predict(new Float32Array(rows * shape.inputs), rows)).toThrow('at most 9');
  });

  test.each([
    { name: 'a missing array', change: { 'layer1/bias': undefined }, says: 'layer1/bias is missing' },
    {
      name: 'another shape',
      change: { 'layer0/kernel': { shape: [4, 13], data: new Float32Array(52) } },
      says: 'layer0/kernel is float32 [4, 13]',
    },
    {
      name: 'other numbers',
      change: { 'layer2/bias': { shape: [3], data: new Float64Array(3) } },
      says: 'layer2/bias is float64',
    },
  ])('refuses weights with $name, and keeps its own', async ({ change, says }) => {
    const network = await create(backend);
    const before = numbers(network.save());
    const entries = Object.entries({ ...initialWeights(shape, new Sfc32('others')), ...change });
    const damaged = Object.fromEntries(
      entries.flatMap(([name, array]) => (array === undefined ? [] : [[name, array]])),
    );
    expect(() => network.load(damaged as NamedArrays)).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID', message: expect.stringContaining(says) as string }) as Error,
    );
    expect(numbers(network.save())).toEqual(before);
  });

  test('is disposed of twice', async () => {
    const network = await create(backend);
    network.follower();
    network.dispose();
    network.dispose();
  });
});

describe.each(candidates.filter(({ backend }) => backend === null))('$id', ({ because }) => {
  test.skip(`is not here: ${because}`);
});

test('starts by He: mean 0, variance 2 / inputs, biases 0', () => {
  const wide: NetworkShape = { inputs: 200, hidden: [100], outputs: 3 };
  const weights = initialWeights(wide, new Sfc32(1));
  const kernel = Array.from(weights['layer0/kernel']!.data);
  const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
  const variance = kernel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kernel.length;
  expect(Math.abs(mean)).toBeLessThan(0.003);
  expect(variance).toBeCloseTo(0.01, 3);
  expect(new Set(weights['layer0/bias']!.data)).toEqual(new Set([0]));
});
