import type { Seen } from '../../observation.ts';
import type { BinnedDimension } from './bin-edges.ts';
import { isClock, readerOf } from './state-dimension.ts';

/** What `stateOf` says where a number of the state is not a number. */
export const NO_STATE = -1;

const NO_EDGES = new Float64Array();

/**
 * Turns what is seen into the number of a state: the bins as digits of a mixed-radix number, the last dimension being the
 * lowest digit. Bins are numpy.digitize's: a number on an edge belongs above it.
 *
 * Example: workers with the edges [4, 8] and qosRate with [0.9]: 5 workers at 0.95 are bins 1 and 1, state 1·2 + 1 = 3.
 */
export class Discretiser {
  readonly dimensions: readonly BinnedDimension[];
  readonly usesClock: boolean;
  /** Parallel to `dimensions`. */
  readonly #readers: readonly ((seen: Seen) => number)[];
  readonly #edges: readonly Float64Array[];

  constructor(dimensions: readonly BinnedDimension[]) {
    this.dimensions = dimensions;
    this.usesClock = dimensions.some(({ name }) => isClock(name));
    this.#readers = dimensions.map(({ name }) => readerOf(name));
    this.#edges = dimensions.map(({ edges }) => Float64Array.from(edges));
  }

  /** The state's number, 0 or more; NO_STATE where one of its numbers is NaN. */
  stateOf(seen: Seen): number {
    let state = 0;
    for (let d = 0; d < this.#edges.length; d += 1) {
      const edges = this.#edges[d] ?? NO_EDGES;
      const value = this.#readers[d]?.(seen) ?? Number.NaN;
      if (Number.isNaN(value)) return NO_STATE;
      let bin = 0;
      while (bin < edges.length && value >= (edges[bin] ?? Infinity)) bin += 1;
      state = state * (edges.length + 1) + bin;
    }
    return state;
  }

  /** Where each number of the state lies: "workers 12.5 to 16.5, qosRate from 0.999". */
  describe(seen: Seen): string {
    return this.dimensions.map(({ name, edges }) => describeBin(name, edges, readerOf(name)(seen))).join(', ');
  }

  /** The first number of the state that is NaN, by name; null where none is. */
  notANumber(seen: Seen): string | null {
    return this.dimensions.find(({ name }) => Number.isNaN(readerOf(name)(seen)))?.name ?? null;
  }
}

function describeBin(name: string, edges: readonly number[], value: number): string {
  const above = edges.findIndex((edge) => value < edge);
  if (above === 0) return `${name} below ${edges[0] ?? 0}`;
  if (above === -1) return `${name} from ${edges.at(-1) ?? 0}`;
  return `${name} ${edges[above - 1] ?? 0} to ${edges[above] ?? 0}`;
}
