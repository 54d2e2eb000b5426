import { layersOf, takeLayers, type LayerPlan } from '../layers.ts';
import type { NamedArrays } from '../named-arrays.ts';
import type { NetworkShape } from '../network.ts';
import { padded, type DenseLayer, type Kernels } from './kernels.ts';

/** Kernel and bias of each layer, unpadded. */
type LayerArrays = ReturnType<typeof takeLayers>;

/** The parameters of a network in one stretch of the kernels' memory, and room for what they compute. */
export class LayerBlock {
  /** Where the parameters are, and how many with their padding. */
  readonly at: number;
  readonly floats: number;
  readonly layers: readonly DenseLayer[];
  /** Where the inputs go, and what each layer makes of them; rows × its padded units. */
  readonly input: number;
  readonly activations: readonly number[];
  readonly #kernels: Kernels;
  readonly #plans: readonly LayerPlan[];
  readonly #maxRows: number;
  readonly #outputs: Float32Array;

  constructor(kernels: Kernels, shape: NetworkShape, maxRows: number) {
    this.#kernels = kernels;
    this.#plans = layersOf(shape);
    this.#maxRows = maxRows;
    this.floats = this.#plans.reduce((sum, { inputs, units }) => sum + (padded(inputs) + 1) * padded(units), 0);
    this.at = kernels.reserve(this.floats);
    this.layers = this.#layOut();
    this.input = kernels.reserve(maxRows * padded(shape.inputs));
    this.activations = this.layers.map(({ units }) => kernels.reserve(maxRows * units));
    this.#outputs = new Float32Array(maxRows * shape.outputs);
  }

  #layOut(): readonly DenseLayer[] {
    let next = this.at;
    return this.#plans.map((plan, layer) => {
      const inputs = padded(plan.inputs);
      const units = padded(plan.units);
      const kernel = next;
      const bias = kernel + inputs * units;
      next = bias + units;
      return { inputs, units, kernel, bias, rectified: layer < this.#plans.length - 1 };
    });
  }

  /** Computes every layer's activations. @throws RangeError for more rows than there is room for. */
  forward(inputs: Float32Array, rows: number): void {
    if (rows > this.#maxRows) throw new RangeError(`${rows} rows: this network takes at most ${this.#maxRows} at once`);
    const { heap } = this.#kernels;
    const width = this.#plans[0]?.inputs ?? 0;
    const stride = padded(width);
    for (let row = 0; row < rows; row += 1) {
      const from = row * width;
      const to = this.input + row * stride;
      for (let i = 0; i < width; i += 1) heap[to + i] = inputs[from + i] ?? 0;
    }
    let x = this.input;
    for (const [index, layer] of this.layers.entries()) {
      const y = this.activations[index] ?? 0;
      this.#kernels.forward(layer, { x, y }, rows);
      x = y;
    }
  }

  /** Valid until the next call. */
  predict(inputs: Float32Array, rows: number): Float32Array {
    this.forward(inputs, rows);
    const { heap } = this.#kernels;
    const outputs = this.#outputs.length / this.#maxRows;
    const last = this.activations.at(-1) ?? 0;
    const stride = padded(outputs);
    for (let row = 0; row < rows; row += 1) {
      const from = last + row * stride;
      const to = row * outputs;
      for (let i = 0; i < outputs; i += 1) this.#outputs[to + i] = heap[from + i] ?? 0;
    }
    return this.#outputs.subarray(0, rows * outputs);
  }

  save(): NamedArrays {
    return this.read(0, '');
  }

  load(arrays: NamedArrays): void {
    this.write(0, takeLayers(this.#plans, arrays));
  }

  /** What lies `distance` floats after each parameter (moments do), under the parameters' names with `suffix`. */
  read(distance: number, suffix: string): NamedArrays {
    const { heap } = this.#kernels;
    const arrays: Record<string, NamedArrays[string]> = {};
    for (const [index, { inputs, units, kernel, bias }] of this.#plans.entries()) {
      const layer = this.layers[index];
      if (layer === undefined) continue;
      const data = new Float32Array(inputs * units);
      for (let input = 0; input < inputs; input += 1) {
        const from = layer.kernel + distance + input * layer.units;
        data.set(heap.subarray(from, from + units), input * units);
      }
      arrays[kernel + suffix] = { shape: [inputs, units], data };
      const from = layer.bias + distance;
      arrays[bias + suffix] = { shape: [units], data: heap.slice(from, from + units) };
    }
    return arrays;
  }

  /** The opposite of `read`. Padding stays as it is. */
  write(distance: number, arrays: LayerArrays): void {
    const { heap } = this.#kernels;
    for (const [index, { inputs, units }] of this.#plans.entries()) {
      const layer = this.layers[index];
      const from = arrays[index];
      if (layer === undefined || from === undefined) continue;
      for (let input = 0; input < inputs; input += 1) {
        const row = from.kernel.subarray(input * units, (input + 1) * units);
        heap.set(row, layer.kernel + distance + input * layer.units);
      }
      heap.set(from.bias, layer.bias + distance);
    }
  }
}
