import type { FarmConfig } from '#shared/config-schema.ts';
import { takeArray } from '../model-array.ts';
import type { SavedModel } from '../saved-model.ts';
import type { Feature } from './features.ts';

type NamedArrays = SavedModel['arrays'];

/** Brings features to the size that networks learn well from, about 0 to 1. */
export interface Normaliser {
  /** Rows of features, as they are, in place. */
  apply(rows: Float32Array): void;
  /** Learns from one row of features, as they are. */
  update(row: Float32Array): void;
  save(): NamedArrays;
  /** @throws MODEL_INVALID that names the array. */
  load(arrays: NamedArrays): void;
}

/** Where scaled features are cut off: a farm that is larger than thought is shown as the largest that was thought of. */
const MOST = 4;

export function normaliserOf(kind: FarmConfig['agents']['dqn']['normalise'], features: readonly Feature[]): Normaliser {
  switch (kind) {
    case 'fixed':
      return fixed(
        features.map(({ scale, curve }) =>
          curve === 'linear'
            ? (value) => within(value / scale, 0, MOST)
            : (value) => within(Math.log1p(Math.max(0, value)) / Math.log1p(scale), 0, MOST),
        ),
      );
    case 'reference':
      return fixed(
        features.map(
          ({ referenceHigh }) =>
            (value) =>
              within(value / referenceHigh, 0, 1),
        ),
      );
    case 'running':
      return new RunningNormaliser(features.length);
  }
}

/** A scaling for each feature that never changes. */
function fixed(scalings: readonly ((value: number) => number)[]): Normaliser {
  return {
    apply: (rows) => {
      for (let start = 0; start < rows.length; start += scalings.length) {
        for (const [i, scaled] of scalings.entries()) rows[start + i] = scaled(rows[start + i] ?? 0);
      }
    },
    update: () => undefined,
    save: () => ({}),
    load: () => undefined,
  };
}

const LEAST_DEVIATION = 1e-6;
/** Standard deviations beyond which a feature is cut off. */
const MOST_DEVIATIONS = 5;

/**
 * (x − mean) / deviation of all rows so far. Source: Welford, "Note on a method for calculating corrected sums of squares and
 * products", Technometrics 1962.
 */
class RunningNormaliser implements Normaliser {
  #count = 0;
  #mean: Float64Array;
  #squares: Float64Array;

  constructor(features: number) {
    this.#mean = new Float64Array(features);
    this.#squares = new Float64Array(features);
  }

  apply(rows: Float32Array): void {
    const size = this.#mean.length;
    for (let at = 0; at < rows.length; at += 1) {
      const i = at % size;
      const deviation = Math.sqrt((this.#squares[i] ?? 0) / Math.max(1, this.#count));
      const distance = ((rows[at] ?? 0) - (this.#mean[i] ?? 0)) / Math.max(deviation, LEAST_DEVIATION);
      rows[at] = within(distance, -MOST_DEVIATIONS, MOST_DEVIATIONS);
    }
  }

  update(row: Float32Array): void {
    this.#count += 1;
    for (const [i, value] of row.entries()) {
      const before = value - (this.#mean[i] ?? 0);
      const mean = (this.#mean[i] ?? 0) + before / this.#count;
      this.#mean[i] = mean;
      this.#squares[i] = (this.#squares[i] ?? 0) + before * (value - mean);
    }
  }

  save(): NamedArrays {
    const shape = [this.#mean.length];
    return {
      count: { shape: [1], data: Float64Array.of(this.#count) },
      mean: { shape, data: this.#mean.slice() },
      squares: { shape, data: this.#squares.slice() },
    };
  }

  load(arrays: NamedArrays): void {
    const model = { agent: 'dqn', arrays };
    const shape = [this.#mean.length];
    const [count = 0] = takeArray(model, 'count', { kind: 'float64', shape: [1] });
    const mean = takeArray(model, 'mean', { kind: 'float64', shape });
    const squares = takeArray(model, 'squares', { kind: 'float64', shape });
    this.#count = count;
    this.#mean = mean.slice();
    this.#squares = squares.slice();
  }
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
