import { layersOf } from '#autoscaler/learn/network/layers.ts';
import type { NamedArrays } from '#autoscaler/learn/network/named-arrays.ts';
import type { NetworkShape, TrainBatch } from '#autoscaler/learn/network/network.ts';

/** The network in 64 bits, written out as in a textbook: what every backend is held against. */

interface ExactLayer {
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
  readonly inputs: number;
  readonly units: number;
}

export type ExactLayers = readonly ExactLayer[];

export function exactLayers(shape: NetworkShape, arrays: NamedArrays): ExactLayers {
  return layersOf(shape).map(({ kernel, bias, inputs, units }) => ({
    kernel: Float64Array.from(arrays[kernel]!.data),
    bias: Float64Array.from(arrays[bias]!.data),
    inputs,
    units,
  }));
}

export function exactOutputs(layers: ExactLayers, input: ArrayLike<number>): number[] {
  let x = Array.from(input);
  for (const [index, { kernel, bias, units }] of layers.entries()) {
    x = Array.from({ length: units }, (_, unit) => {
      const sum = x.reduce((total, value, i) => total + value * kernel[i * units + unit]!, bias[unit]!);
      return index < layers.length - 1 ? Math.max(0, sum) : sum;
    });
  }
  return x;
}

export function exactLoss(layers: ExactLayers, { rows, inputs, chosen, targets, weights }: TrainBatch): number {
  const width = layers[0]!.inputs;
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const outputs = exactOutputs(layers, inputs.subarray(row * width, (row + 1) * width));
    const error = Math.abs(outputs[chosen[row]!]! - targets[row]!);
    loss += ((weights?.[row] ?? 1) * (error <= 1 ? 0.5 * error ** 2 : error - 0.5)) / rows;
  }
  return loss;
}

/** dLoss/dParameter by central differences, in the order of `layers`: kernel, then bias. */
export function finiteDifferences(layers: ExactLayers, batch: TrainBatch): number[] {
  const step = 1e-6;
  return layers.flatMap(({ kernel, bias }) =>
    [kernel, bias].flatMap((parameters) =>
      Array.from(parameters, (value, i) => {
        parameters[i] = value + step;
        const above = exactLoss(layers, batch);
        parameters[i] = value - step;
        const under = exactLoss(layers, batch);
        parameters[i] = value;
        return (above - under) / (2 * step);
      }),
    ),
  );
}
