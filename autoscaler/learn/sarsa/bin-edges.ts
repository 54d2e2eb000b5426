import { stateDimensions } from '#shared/agents-schema.ts';
import type { FarmConfig } from '#shared/config-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { ObservationName } from '../../observation.ts';
import type { StateDimension } from './state-dimension.ts';

/** A dimension cut into `edges.length + 1` bins. Edges ascend; bin k has the numbers from edge k − 1 to below edge k. */
export interface BinnedDimension {
  readonly name: StateDimension;
  readonly edges: readonly number[];
}

/** How a dimension is cut where nobody gives edges. */
interface Cut {
  /** The reference's edges (task-farm reference, `rl/sarsa_agent.py`), for just as many bins as they make. */
  readonly reference: readonly number[];
  /** The range that other numbers of bins divide, and how much finer they are at its lower end (1: all as wide). */
  readonly low: number;
  readonly high: number;
  readonly power: number;
}

const cuts: Readonly<Record<ObservationName, Cut>> = {
  inputQueue: { reference: [0.5, 1.5, 2.5], low: 0, high: 4, power: 1 },
  workerQueue: { reference: [0.5, 2.5, 5.5, 9.5, 15.5, 30.5], low: 0, high: 128, power: 2 },
  resultQueue: { reference: [], low: 0, high: 10, power: 2 },
  outputQueue: { reference: [], low: 0, high: 1140, power: 1 },
  workers: { reference: [3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5], low: 0.5, high: 32.5, power: 1 },
  avgTime: { reference: [0.5, 1, 2, 4, 8, 16, 32], low: 0, high: 32, power: 2 },
  maxTime: { reference: [], low: 0, high: 32, power: 2 },
  arrivalRate: { reference: [0.15, 0.5, 1.5, 3.5], low: 0, high: 12, power: 1 },
  qosRate: { reference: [0.5, 0.8, 0.9, 0.95, 0.999], low: 0, high: 1, power: 0.5 },
};

/**
 * Edges of `bins` bins: the reference's where it has as many, else
 *
 *     edge i = low + (high − low) · (i / bins)^power,  i = 1 … bins − 1
 *
 * Example: 4 bins of arrivalRate (0 to 12, power 1) have the edges 3, 6 and 9; 4 of avgTime (0 to 32, power 2) have 2, 8
 * and 18 (test/autoscaler/learn/sarsa/bin-edges.test.ts).
 */
export function edgesFor(name: ObservationName, bins: number): readonly number[] {
  const { reference, low, high, power } = cuts[name];
  if (bins === reference.length + 1) return reference;
  return Array.from({ length: bins - 1 }, (_, i) => low + (high - low) * ((i + 1) / bins) ** power);
}

/** A state is one 32-bit integer. */
export const MOST_STATES = 2 ** 31;

/** Number of different states. */
export function countStates(dimensions: readonly BinnedDimension[]): number {
  return dimensions.reduce((states, { edges }) => states * (edges.length + 1), 1);
}

/**
 * The state's dimensions by farm.yml's agents.sarsa: `edges` where it has some, else `bins`. Those of one bin say nothing
 * and are left out.
 * @throws CONFIG_INVALID where they make more states than a state's number can tell apart.
 */
export function binnedDimensions({
  bins,
  edges,
}: Pick<FarmConfig['agents']['sarsa'], 'bins' | 'edges'>): readonly BinnedDimension[] {
  const all = stateDimensions.map((name, index): BinnedDimension => {
    const given = edges.find(({ dimension }) => dimension === name);
    if (given !== undefined) return { name, edges: given.at };
    return { name, edges: isObserved(name) ? edgesFor(name, bins[index] ?? 1) : [] };
  });
  const dimensions = all.filter((dimension) => dimension.edges.length > 0);
  const states = countStates(dimensions);
  if (states > MOST_STATES) {
    throw new FarmhandError(
      'CONFIG_INVALID',
      `agents.sarsa: bins and edges make ${states} states; at most ${MOST_STATES} are allowed, so take fewer bins`,
    );
  }
  return dimensions;
}

function isObserved(name: StateDimension): name is ObservationName {
  return name in cuts;
}
