import { takeArray } from '../model-array.ts';
import type { SavedModel } from '../saved-model.ts';

/** Arrays with names and shapes, as models hold them. */
export type NamedArrays = SavedModel['arrays'];

/** A network's array of 32-bit floats. @throws MODEL_INVALID when it is missing, or another kind or shape. */
export function takeFloats(arrays: NamedArrays, name: string, shape: readonly number[]): Float32Array {
  return takeArray({ agent: 'network', arrays }, name, { kind: 'float32', shape });
}

/** The updates that moments were made of. @throws MODEL_INVALID like `takeFloats`. */
export function takeSteps(arrays: NamedArrays): number {
  return takeArray({ agent: 'network', arrays }, 'steps', { kind: 'int32', shape: [1] })[0] ?? 0;
}

/** The same arrays under longer names: online/ and layer0/kernel make online/layer0/kernel. */
export function withPrefix(prefix: string, arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [prefix + name, array]));
}

/** The arrays whose names begin so, under the rest of their names. */
export function below(prefix: string, arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array]),
  );
}
