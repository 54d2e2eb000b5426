import { FarmhandError } from '#shared/errors.ts';
import type { ModelArray, SavedModel } from './saved-model.ts';

/** The kinds of numbers that a model's arrays have, as files name them. */
export const arrayKinds = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const;

export type ArrayKind = keyof typeof arrayKinds;

export function kindOf(array: ModelArray): ArrayKind {
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  return array instanceof Int32Array ? 'int32' : 'uint8';
}

/**
 * The array of that name, of that kind and shape (null: any length).
 * @throws MODEL_INVALID that says which array is missing, or what it has in place of what.
 */
export function takeArray<Kind extends ArrayKind>(
  { agent, arrays }: Pick<SavedModel, 'agent' | 'arrays'>,
  name: string,
  expected: { readonly kind: Kind; readonly shape: readonly (number | null)[] },
): InstanceType<(typeof arrayKinds)[Kind]> {
  const wanted = `${expected.kind} [${expected.shape.map((length) => length ?? 'any').join(', ')}]`;
  const found = arrays[name];
  if (found === undefined) {
    const there = Object.keys(arrays).join(', ') || 'none';
    throw new FarmhandError(
      'MODEL_INVALID',
      `array ${name} is missing: a ${agent} model has ${wanted}; found ${there}`,
    );
  }
  const fits =
    kindOf(found.data) === expected.kind &&
    found.shape.length === expected.shape.length &&
    expected.shape.every((length, axis) => length === null || length === found.shape[axis]) &&
    found.data.length === countElements(found.shape);
  if (!fits) {
    throw new FarmhandError(
      'MODEL_INVALID',
      `array ${name} is ${kindOf(found.data)} [${found.shape.join(', ')}] of ${found.data.length} numbers; ` +
        `a ${agent} model has ${wanted}`,
    );
  }
  return found.data as InstanceType<(typeof arrayKinds)[Kind]>;
}

export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
