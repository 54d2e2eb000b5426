import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { initialWeights } from '#autoscaler/learn/network/initial-weights.ts';
import { layersOf } from '#autoscaler/learn/network/layers.ts';
import type { NetworkShape } from '#autoscaler/learn/network/network.ts';
import { candidates } from './support/backends.ts';

/**
 * TensorFlow.js as oracle: its own gradients, Huber loss and Adam, which the adapter does not use, on the same weights and
 * batches. The gradient is short enough not to be clipped.
 */
const shape: NetworkShape = { inputs: 9, hidden: [32, 16], outputs: 3 };
const ROWS = 32;
const STEPS = 10;
const LEARNING_RATE = 1e-3;

const batches = Array.from({ length: STEPS }, (_, step) => {
  const rng = new Sfc32(`batch ${step}`);
  return {
    rows: ROWS,
    inputs: Float32Array.from({ length: ROWS * shape.inputs }, () => rng.float()),
    chosen: Int32Array.from({ length: ROWS }, () => rng.int(shape.outputs)),
    targets: Float32Array.from({ length: ROWS }, () => 4 * rng.float() - 2),
    learningRate: LEARNING_RATE,
  };
});

let losses: number[] = [];
let weights: number[] = [];

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const start = initialWeights(shape, new Sfc32('parity'));
  const layers = layersOf(shape).map(({ kernel, bias, inputs, units }) => ({
    kernel: tf.variable(tf.tensor2d(Float32Array.from(start[kernel]!.data), [inputs, units])),
    bias: tf.variable(tf.tensor1d(Float32Array.from(start[bias]!.data))),
  }));
  const optimiser = tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-8);
  losses = batches.map(({ inputs, chosen, targets }) => {
    const loss = optimiser.minimize(() => {
      let x: tf.Tensor2D = tf.tensor2d(inputs.slice(), [ROWS, shape.inputs]);
      for (const [i, { kernel, bias }] of layers.entries()) {
        const sums = tf.add<tf.Tensor2D>(tf.matMul(x, kernel), bias);
        x = i < layers.length - 1 ? tf.relu(sums) : sums;
      }
      const picked = tf.sum(tf.mul(x, tf.oneHot(tf.tensor1d(chosen.slice(), 'int32'), shape.outputs)), 1);
      return tf.losses.huberLoss<tf.Tensor1D, tf.Scalar>(tf.tensor1d(targets.slice()), picked as tf.Tensor1D);
    }, true);
    return loss!.dataSync()[0]!;
  });
  weights = layers.flatMap(({ kernel, bias }) => [...kernel.dataSync(), ...bias.dataSync()]);
});

describe.each(candidates.filter(({ backend }) => backend !== null))('$id beside TensorFlow.js', ({ backend }) => {
  test(`has the same losses and weights over ${STEPS} steps of Adam`, async () => {
    const network = await backend!.create({
      shape,
      maxRows: ROWS,
      maxGradNorm: 1e9,
      weights: initialWeights(shape, new Sfc32('parity')),
    });
    for (const [step, batch] of batches.entries()) {
      expect(Math.abs(network.train(batch).loss - losses[step]!)).toBeLessThan(1e-5);
    }
    const ours = Object.values(network.save()).flatMap(({ data }) => Array.from(data));
    expect(ours.length).toBe(weights.length);
    expect(Math.max(...ours.map((value, i) => Math.abs(value - weights[i]!)))).toBeLessThan(1e-5);
  });
});
