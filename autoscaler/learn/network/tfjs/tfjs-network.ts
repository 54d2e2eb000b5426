import { layersOf, takeLayers, type LayerPlan } from '../layers.ts';
import { takeSteps, type NamedArrays } from '../named-arrays.ts';
import {
  ADAM,
  HUBER_DELTA,
  type Follower,
  type Network,
  type NetworkOptions,
  type TrainBatch,
  type TrainReport,
} from '../network.ts';
import type { Tensor, Tf, Variable } from './tf.ts';

/** Kernel and bias of each layer. */
type Layers = readonly { readonly kernel: Variable; readonly bias: Variable }[];

type LayerArrays = ReturnType<typeof takeLayers>;

/**
 * The same network in TensorFlow.js, which differentiates and multiplies. Clipping and Adam are written out in its operations:
 * its own optimiser tells nobody its moments without waiting, and has no global norm.
 */
export class TfjsNetwork implements Network {
  readonly #tf: Tf;
  readonly #plans: readonly LayerPlan[];
  readonly #options: NetworkOptions;
  readonly #layers: Layers;
  readonly #firstMoments: Layers;
  readonly #secondMoments: Layers;
  readonly #followers: Layers[] = [];
  #steps = 0;
  #disposed = false;

  constructor(tf: Tf, options: NetworkOptions) {
    this.#tf = tf;
    this.#options = options;
    this.#plans = layersOf(options.shape);
    const weights = takeLayers(this.#plans, options.weights);
    this.#layers = this.#variables(weights, true);
    const zeros = weights.map(({ kernel, bias }) => ({
      kernel: new Float32Array(kernel.length),
      bias: new Float32Array(bias.length),
    }));
    this.#firstMoments = this.#variables(zeros, false);
    this.#secondMoments = this.#variables(zeros, false);
  }

  predict(inputs: Float32Array, rows: number): Float32Array {
    return this.#predict(this.#layers, inputs, rows);
  }

  train(batch: TrainBatch): TrainReport {
    const tf = this.#tf;
    const { rows, learningRate } = batch;
    const errors = new Float32Array(rows);
    let report: TrainReport = { loss: Number.NaN, gradNorm: Number.NaN, errors };
    tf.tidy(() => {
      const variables = flat(this.#layers);
      const { value, grads } = tf.variableGrads(() => this.#loss(batch, errors), variables);
      const gradients = variables.map(({ name }) => grads[name]).filter((gradient) => gradient !== undefined);
      const squares = gradients.map((gradient) => scalarOf(tf.sum(tf.square(gradient))));
      const gradNorm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
      const loss = scalarOf(value);
      report = { loss, gradNorm, errors };
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) return;
      const { maxGradNorm } = this.#options;
      this.#adam(gradients, { learningRate, scale: gradNorm > maxGradNorm ? maxGradNorm / gradNorm : 1 });
    });
    return report;
  }

  save(): NamedArrays {
    return this.#read(this.#layers, '');
  }

  load(arrays: NamedArrays): void {
    this.#write(this.#layers, takeLayers(this.#plans, arrays));
  }

  saveOptimiser(): NamedArrays {
    return {
      steps: { shape: [1], data: Int32Array.of(this.#steps) },
      ...this.#read(this.#firstMoments, '/m'),
      ...this.#read(this.#secondMoments, '/v'),
    };
  }

  loadOptimiser(arrays: NamedArrays): void {
    const steps = takeSteps(arrays);
    const first = takeLayers(this.#plans, arrays, '/m');
    const second = takeLayers(this.#plans, arrays, '/v');
    this.#write(this.#firstMoments, first);
    this.#write(this.#secondMoments, second);
    this.#steps = steps;
  }

  follower(): Follower {
    const tf = this.#tf;
    const layers = this.#variables(takeLayers(this.#plans, this.save()), false);
    this.#followers.push(layers);
    const sources = flat(this.#layers);
    return {
      predict: (inputs, rows) => this.#predict(layers, inputs, rows),
      save: () => this.#read(layers, ''),
      load: (arrays) => this.#write(layers, takeLayers(this.#plans, arrays)),
      follow: (share) => {
        tf.tidy(() => {
          for (const [i, target] of flat(layers).entries()) {
            const source = sources[i];
            if (source === undefined) continue;
            target.assign(share === 1 ? source : tf.add(target, tf.mul(tf.sub(source, target), share)));
          }
        });
      },
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const all = [this.#layers, this.#firstMoments, this.#secondMoments, ...this.#followers];
    for (const variable of all.flatMap(flat)) variable.dispose();
  }

  /** Mean of weight · Huber(prediction − target); fills `errors`. */
  #loss({ rows, inputs, chosen, targets, weights }: TrainBatch, errors: Float32Array): Tensor {
    const tf = this.#tf;
    const { shape } = this.#options;
    const x = tf.tensor(inputs.slice(0, rows * shape.inputs), [rows, shape.inputs]);
    const picked = tf.oneHot(tf.tensor1d(chosen.slice(0, rows), 'int32'), shape.outputs);
    const predicted = tf.sum(tf.mul(this.#forward(this.#layers, x), picked), 1);
    const error = tf.sub(predicted, tf.tensor(targets.slice(0, rows), [rows]));
    errors.set(error.dataSync());
    // Square up to HUBER_DELTA, straight beyond: 0.5·q² + δ·(|e| − q) with q = min(|e|, δ).
    const size = tf.abs(error);
    const square = tf.minimum(size, HUBER_DELTA);
    const huber = tf.add(tf.mul(tf.square(square), 0.5), tf.mul(tf.sub(size, square), HUBER_DELTA));
    const weighted = weights === undefined ? huber : tf.mul(huber, tf.tensor(weights.slice(0, rows), [rows]));
    return tf.div(tf.sum(weighted), rows);
  }

  #adam(gradients: readonly Tensor[], { learningRate, scale }: { learningRate: number; scale: number }): void {
    const tf = this.#tf;
    const { beta1, beta2, epsilon } = ADAM;
    this.#steps += 1;
    const stepSize = learningRate / (1 - beta1 ** this.#steps);
    const correction = 1 - beta2 ** this.#steps;
    const first = flat(this.#firstMoments);
    const second = flat(this.#secondMoments);
    for (const [i, parameter] of flat(this.#layers).entries()) {
      const m = first[i];
      const v = second[i];
      const gradient = gradients[i];
      if (m === undefined || v === undefined || gradient === undefined) continue;
      const scaled = tf.mul(gradient, scale);
      m.assign(tf.add(tf.mul(m, beta1), tf.mul(scaled, 1 - beta1)));
      v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(scaled), 1 - beta2)));
      const change = tf.div(tf.mul(m, stepSize), tf.add(tf.sqrt(tf.div(v, correction)), epsilon));
      parameter.assign(tf.sub(parameter, change));
    }
  }

  #predict(layers: Layers, inputs: Float32Array, rows: number): Float32Array {
    const { shape, maxRows } = this.#options;
    if (rows > maxRows) throw new RangeError(`${rows} rows: this network takes at most ${maxRows} at once`);
    return this.#tf.tidy(() => {
      const x = this.#tf.tensor(inputs.slice(0, rows * shape.inputs), [rows, shape.inputs]);
      return Float32Array.from(this.#forward(layers, x).dataSync());
    });
  }

  #forward(layers: Layers, x: Tensor): Tensor {
    return layers.reduce((input, { kernel, bias }, layer) => {
      const sums = this.#tf.add(this.#tf.matMul(input, kernel), bias);
      return layer < layers.length - 1 ? this.#tf.relu(sums) : sums;
    }, x);
  }

  #variables(arrays: LayerArrays, trainable: boolean): Layers {
    return this.#plans.map(({ inputs, units }, layer) => {
      const { kernel = new Float32Array(), bias = new Float32Array() } = arrays[layer] ?? {};
      return {
        kernel: this.#variable(kernel, [inputs, units], trainable),
        bias: this.#variable(bias, [units], trainable),
      };
    });
  }

  #variable(values: Float32Array, shape: readonly number[], trainable: boolean): Variable {
    const tensor = this.#tf.tensor(values.slice(), shape);
    const variable = this.#tf.variable(tensor, trainable);
    tensor.dispose();
    return variable;
  }

  #read(layers: Layers, suffix: string): NamedArrays {
    const arrays: Record<string, NamedArrays[string]> = {};
    for (const [layer, { inputs, units, kernel, bias }] of this.#plans.entries()) {
      const variables = layers[layer];
      if (variables === undefined) continue;
      arrays[kernel + suffix] = { shape: [inputs, units], data: Float32Array.from(variables.kernel.dataSync()) };
      arrays[bias + suffix] = { shape: [units], data: Float32Array.from(variables.bias.dataSync()) };
    }
    return arrays;
  }

  #write(layers: Layers, arrays: LayerArrays): void {
    this.#tf.tidy(() => {
      for (const [layer, { inputs, units }] of this.#plans.entries()) {
        const from = arrays[layer];
        if (from === undefined) continue;
        layers[layer]?.kernel.assign(this.#tf.tensor(from.kernel.slice(), [inputs, units]));
        layers[layer]?.bias.assign(this.#tf.tensor(from.bias.slice(), [units]));
      }
    });
  }
}

function flat(layers: Layers): Variable[] {
  return layers.flatMap(({ kernel, bias }) => [kernel, bias]);
}

function scalarOf(tensor: Tensor): number {
  return tensor.dataSync()[0] ?? Number.NaN;
}
