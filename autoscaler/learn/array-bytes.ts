import { kindOf, type ArrayKind } from './model-array.ts';
import type { ModelArray } from './saved-model.ts';

/** How a number of each kind stands in bytes: little-endian, on every machine. */
interface Codec {
  readonly size: number;
  readonly set: (view: DataView, at: number, value: number) => void;
  readonly get: (view: DataView, at: number) => number;
  readonly make: (length: number) => ModelArray;
}

const codecs: Readonly<Record<ArrayKind, Codec>> = {
  float32: {
    size: 4,
    set: (view, at, value) => view.setFloat32(at, value, true),
    get: (view, at) => view.getFloat32(at, true),
    make: (length) => new Float32Array(length),
  },
  float64: {
    size: 8,
    set: (view, at, value) => view.setFloat64(at, value, true),
    get: (view, at) => view.getFloat64(at, true),
    make: (length) => new Float64Array(length),
  },
  int32: {
    size: 4,
    set: (view, at, value) => view.setInt32(at, value, true),
    get: (view, at) => view.getInt32(at, true),
    make: (length) => new Int32Array(length),
  },
  uint8: {
    size: 1,
    set: (view, at, value) => view.setUint8(at, value),
    get: (view, at) => view.getUint8(at),
    make: (length) => new Uint8Array(length),
  },
};

/** Writes the numbers into `bytes` from byte `offset` on. */
export function writeArray(bytes: Uint8Array, offset: number, array: ModelArray): void {
  const { size, set } = codecs[kindOf(array)];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < array.length; i += 1) set(view, offset + i * size, array[i] ?? 0);
}

/** An array of its own with `length` numbers that begin at byte `offset`. */
export function readArray(
  bytes: Uint8Array,
  { dtype, offset, length }: { dtype: ArrayKind; offset: number; length: number },
): ModelArray {
  const { size, get, make } = codecs[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const array = make(length);
  for (let i = 0; i < length; i += 1) array[i] = get(view, offset + i * size);
  return array;
}
