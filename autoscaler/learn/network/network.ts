import type { NamedArrays } from './named-arrays.ts';

/** A multilayer perceptron: dense layers with ReLU, and a linear one at the end. */
export interface NetworkShape {
  readonly inputs: number;
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  readonly outputs: number;
}

/** What an update is made with. */
export interface TrainBatch {
  /** Samples; at most the network's `maxRows`. */
  readonly rows: number;
  /** rows × inputs, row after row. */
  readonly inputs: Float32Array;
  /** Which output each row trains; the others of the row have no error. */
  readonly chosen: Int32Array;
  /** What that output should have been. */
  readonly targets: Float32Array;
  /** Importance of each row; 1 for all where it is left out. */
  readonly weights?: Float32Array;
  /** Adam's step size. */
  readonly learningRate: number;
}

export interface TrainReport {
  /** Mean over the rows of weight · Huber(prediction − target). */
  readonly loss: number;
  /** Euclidean norm of the whole gradient, before it is clipped. */
  readonly gradNorm: number;
  /** Prediction − target of each row; valid until the next call. */
  readonly errors: Float32Array;
}

/** Answers inputs with outputs, and can be written down. */
export interface Predictor {
  /** rows × outputs, row after row, for rows × inputs. At most `maxRows` rows. Valid until the next call. */
  predict(inputs: Float32Array, rows: number): Float32Array;
  /** Weights by name: layer0/kernel (inputs × units), layer0/bias, layer1/kernel, … */
  save(): NamedArrays;
  /** @throws MODEL_INVALID that names the array which is missing or has another shape; then nothing has changed. */
  load(arrays: NamedArrays): void;
}

/**
 * A network that learns by Adam on the Huber loss, with the gradient's global norm clipped. Every backend starts from the same
 * weights for the same generator, and computes the same but for the last bits.
 */
export interface Network extends Predictor {
  /** One update. Where loss or gradient is not finite, nothing is changed and the report says so. */
  train(batch: TrainBatch): TrainReport;
  /** Adam's moments (layer0/kernel/m, …/v) and its count of steps, for a bit-equal continuation. */
  saveOptimiser(): NamedArrays;
  /** @throws MODEL_INVALID like `load`. */
  loadOptimiser(arrays: NamedArrays): void;
  /** A copy as it is now, that moves only when it is told to. */
  follower(): Follower;
  /** Frees what the backend holds, followers included; idempotent. */
  dispose(): void;
}

/** A target network: it goes where its network is, at once or by and by. */
export interface Follower extends Predictor {
  /** weights += share · (network's weights − weights). 1 is the hard copy; less is a step of Polyak averaging. */
  follow(share: number): void;
}

export interface NetworkOptions {
  readonly shape: NetworkShape;
  /** Most rows of one call. */
  readonly maxRows: number;
  /** Gradients are scaled down to this norm. */
  readonly maxGradNorm: number;
  /** Weights to start from: `initialWeights`, or those of a saved model. */
  readonly weights: NamedArrays;
}

/** Huber loss turns from square to straight at an error of 1. Source: Mnih et al. 2015 clip the error term to ±1: the same gradient. */
export const HUBER_DELTA = 1;

/** Source: Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1 with its defaults. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
