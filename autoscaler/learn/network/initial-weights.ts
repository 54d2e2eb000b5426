import { normal } from '#shared/distributions.ts';
import type { Rng } from '#shared/rng.ts';
import { layersOf } from './layers.ts';
import type { NamedArrays } from './named-arrays.ts';
import type { NetworkShape } from './network.ts';

/**
 * Kernels drawn from a normal distribution of mean 0 and variance 2 / inputs, biases 0.
 * Source: He et al., "Delving Deep into Rectifiers", ICCV 2015, eq. 10.
 */
export function initialWeights(shape: NetworkShape, rng: Rng): NamedArrays {
  const arrays: Record<string, NamedArrays[string]> = {};
  for (const { inputs, units, kernel, bias } of layersOf(shape)) {
    const deviation = Math.sqrt(2 / inputs);
    const data = Float32Array.from({ length: inputs * units }, () => deviation * normal(rng));
    arrays[kernel] = { shape: [inputs, units], data };
    arrays[bias] = { shape: [units], data: new Float32Array(units) };
  }
  return arrays;
}
