import type { NamedArrays } from './named-arrays.ts';
import { takeFloats } from './named-arrays.ts';
import type { NetworkShape } from './network.ts';

/** One dense layer's size and the names of its arrays. */
export interface LayerPlan {
  readonly inputs: number;
  readonly units: number;
  readonly kernel: string;
  readonly bias: string;
}

/** The layers of a shape, from the inputs on. */
export function layersOf({ inputs, hidden, outputs }: NetworkShape): readonly LayerPlan[] {
  const widths = [inputs, ...hidden, outputs];
  return [...hidden, outputs].map((units, layer) => ({
    inputs: widths[layer] ?? 0,
    units,
    kernel: `layer${layer}/kernel`,
    bias: `layer${layer}/bias`,
  }));
}

/** Kernel and bias of each layer. @throws MODEL_INVALID that names the array which is missing or has another shape. */
export function takeLayers(
  plans: readonly LayerPlan[],
  arrays: NamedArrays,
  suffix = '',
): readonly { readonly kernel: Float32Array; readonly bias: Float32Array }[] {
  return plans.map((plan) => ({
    kernel: takeFloats(arrays, plan.kernel + suffix, [plan.inputs, plan.units]),
    bias: takeFloats(arrays, plan.bias + suffix, [plan.units]),
  }));
}
