import { takeSteps, type NamedArrays } from '../named-arrays.ts';
import { layersOf, takeLayers, type LayerPlan } from '../layers.ts';
import {
  ADAM,
  HUBER_DELTA,
  type Follower,
  type Network,
  type NetworkOptions,
  type NetworkShape,
  type TrainBatch,
  type TrainReport,
} from '../network.ts';
import { padded, type Kernels } from './kernels.ts';
import { LayerBlock } from './layer-block.ts';

/** Our own network: dense layers in one block of memory, worked on by `Kernels`. */
export class OwnNetwork implements Network {
  readonly #kernels: Kernels;
  readonly #shape: NetworkShape;
  readonly #plans: readonly LayerPlan[];
  readonly #maxRows: number;
  readonly #maxGradNorm: number;
  readonly #parameters: LayerBlock;
  readonly #gradients: number;
  readonly #firstMoments: number;
  readonly #secondMoments: number;
  /** Gradients with respect to each layer's result, as large as the activations. */
  readonly #deltas: readonly number[];
  readonly #errors: Float32Array;
  #steps = 0;

  constructor(kernels: Kernels, { shape, maxRows, maxGradNorm, weights }: NetworkOptions) {
    this.#kernels = kernels;
    this.#shape = shape;
    this.#plans = layersOf(shape);
    this.#maxRows = maxRows;
    this.#maxGradNorm = maxGradNorm;
    this.#parameters = new LayerBlock(kernels, shape, maxRows);
    const { floats } = this.#parameters;
    this.#gradients = kernels.reserve(floats);
    this.#firstMoments = kernels.reserve(floats);
    this.#secondMoments = kernels.reserve(floats);
    this.#deltas = this.#plans.map(({ units }) => kernels.reserve(maxRows * padded(units)));
    this.#errors = new Float32Array(maxRows);
    this.load(weights);
  }

  predict(inputs: Float32Array, rows: number): Float32Array {
    return this.#parameters.predict(inputs, rows);
  }

  /** Forward, the loss and its gradient, backward, clip, Adam: the textbook's order. */
  train(batch: TrainBatch): TrainReport {
    const { rows } = batch;
    this.#parameters.forward(batch.inputs, rows);
    const loss = this.#differentiateLoss(batch);
    this.#backward(rows);
    const { floats } = this.#parameters;
    const gradNorm = Math.sqrt(this.#kernels.sumOfSquares(this.#gradients, floats));
    const errors = this.#errors.subarray(0, rows);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) return { loss, gradNorm, errors };
    this.#steps += 1;
    this.#kernels.adam(
      {
        parameters: this.#parameters.at,
        gradients: this.#gradients,
        firstMoments: this.#firstMoments,
        secondMoments: this.#secondMoments,
        count: floats,
      },
      {
        learningRate: batch.learningRate,
        gradientScale: gradNorm > this.#maxGradNorm ? this.#maxGradNorm / gradNorm : 1,
        firstCorrection: 1 - ADAM.beta1 ** this.#steps,
        secondCorrection: 1 - ADAM.beta2 ** this.#steps,
      },
    );
    return { loss, gradNorm, errors };
  }

  save(): NamedArrays {
    return this.#parameters.save();
  }

  load(arrays: NamedArrays): void {
    this.#parameters.load(arrays);
  }

  saveOptimiser(): NamedArrays {
    const { at } = this.#parameters;
    return {
      steps: { shape: [1], data: Int32Array.of(this.#steps) },
      ...this.#parameters.read(this.#firstMoments - at, '/m'),
      ...this.#parameters.read(this.#secondMoments - at, '/v'),
    };
  }

  loadOptimiser(arrays: NamedArrays): void {
    const steps = takeSteps(arrays);
    const first = takeLayers(this.#plans, arrays, '/m');
    const second = takeLayers(this.#plans, arrays, '/v');
    const { at } = this.#parameters;
    this.#parameters.write(this.#firstMoments - at, first);
    this.#parameters.write(this.#secondMoments - at, second);
    this.#steps = steps;
  }

  follower(): Follower {
    const kernels = this.#kernels;
    const source = this.#parameters;
    const block = new LayerBlock(kernels, this.#shape, this.#maxRows);
    const follow = (share: number): void => kernels.blend(block.at, source.at, block.floats, share);
    follow(1);
    return {
      predict: (inputs, rows) => block.predict(inputs, rows),
      save: () => block.save(),
      load: (arrays) => block.load(arrays),
      follow,
    };
  }

  /** Memory goes with the object. */
  dispose(): void {}

  /** Writes dLoss/dOutput of the last layer, keeps the errors, and gives the loss. */
  #differentiateLoss({ rows, chosen, targets, weights }: TrainBatch): number {
    const { heap } = this.#kernels;
    const last = this.#plans.length - 1;
    const units = padded(this.#plans[last]?.units ?? 0);
    const outputs = this.#parameters.activations[last] ?? 0;
    const delta = this.#deltas[last] ?? 0;
    heap.fill(0, delta, delta + rows * units);
    let loss = 0;
    for (let row = 0; row < rows; row += 1) {
      const output = row * units + (chosen[row] ?? 0);
      const error = (heap[outputs + output] ?? 0) - (targets[row] ?? 0);
      const size = Math.abs(error);
      const weight = (weights?.[row] ?? 1) / rows;
      loss += weight * (size <= HUBER_DELTA ? 0.5 * error * error : HUBER_DELTA * (size - 0.5 * HUBER_DELTA));
      heap[delta + output] = weight * Math.max(-HUBER_DELTA, Math.min(HUBER_DELTA, error));
      this.#errors[row] = error;
    }
    return loss;
  }

  #backward(rows: number): void {
    const { layers, activations, input, at } = this.#parameters;
    for (let layer = layers.length - 1; layer >= 0; layer -= 1) {
      const dense = layers[layer];
      const dy = this.#deltas[layer];
      if (dense === undefined || dy === undefined) continue;
      const x = activations[layer - 1] ?? input;
      this.#kernels.backwardWeights(dense, { x, dy, toGradient: this.#gradients - at }, rows);
      const dx = this.#deltas[layer - 1];
      if (dx !== undefined) this.#kernels.backwardInputs(dense, { x, dy, dx }, rows);
    }
  }
}
