import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stateDimensions } from '#shared/agents-schema.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { binnedDimensions, countStates } from '#autoscaler/learn/sarsa/bin-edges.ts';
import { Discretiser, NO_STATE } from '#autoscaler/learn/sarsa/discretiser.ts';
import type { Seen } from '#autoscaler/observation.ts';
import { anySeen, seen } from '../../support/sightings.ts';

/** numpy.digitize(x, edges), as its documentation says it: the i for which edges[i − 1] ≤ x < edges[i]. */
function digitize(x: number, edges: readonly number[]): number {
  const bounds = [-Infinity, ...edges, Infinity];
  for (let i = 1; i < bounds.length; i += 1)
    if (bounds[i - 1]! <= x && (x < bounds[i]! || x === Infinity)) return i - 1;
  throw new Error(`${x} is in no bin`);
}

/** The numbers of a state, by dimension, written out once more. */
const naive = ({ observation, info }: Seen): Record<(typeof stateDimensions)[number], number> => ({
  inputQueue: observation[0],
  workerQueue: observation[1],
  resultQueue: observation[2],
  outputQueue: observation[3],
  workers: observation[4],
  avgTime: observation[5],
  maxTime: observation[6],
  arrivalRate: observation[7],
  qosRate: observation[8],
  inFlight: info.inFlight,
  emitted: info.emitted,
  load: observation[1] + info.inFlight,
});

const anyEdges = fc
  .uniqueArray(fc.double({ min: -1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 6 })
  .map((edges) => edges.sort((a, b) => a - b));

const anyDimensions = fc
  .uniqueArray(fc.constantFrom(...stateDimensions), { minLength: 1, maxLength: 6 })
  .chain((names) => fc.tuple(...names.map((name) => anyEdges.map((edges) => ({ name, edges })))));

describe('the state', () => {
  test('has the bins of a naive digitize as its digits', () => {
    fc.assert(
      fc.property(anyDimensions, anySeen, (dimensions, at) => {
        const values = naive(at);
        const state = dimensions.reduce(
          (digits, { name, edges }) => digits * (edges.length + 1) + digitize(values[name], edges),
          0,
        );
        expect(new Discretiser(dimensions).stateOf(at)).toBe(state);
        expect(state).toBeLessThan(countStates(dimensions));
      }),
    );
  });

  test.each([
    { name: 'below the first edge', value: 0.49, bin: 0 },
    { name: 'on an edge', value: 0.5, bin: 1 },
    { name: 'between two', value: 2.4, bin: 1 },
    { name: 'on the last edge', value: 2.5, bin: 2 },
    { name: 'beyond all', value: Infinity, bin: 2 },
  ])('of a number $name is bin $bin', ({ value, bin }) => {
    expect(new Discretiser([{ name: 'workerQueue', edges: [0.5, 2.5] }]).stateOf(seen({ waiting: value }))).toBe(bin);
  });

  test('of the worked example is 3', () => {
    const dimensions = [
      { name: 'workers', edges: [4, 8] },
      { name: 'qosRate', edges: [0.9] },
    ] as const;
    const { info } = seen({});
    expect(new Discretiser(dimensions).stateOf({ observation: [0, 0, 0, 0, 5, 0, 0, 0, 0.95], info })).toBe(3);
  });

  test('is none where one of its numbers is not a number, and says which', () => {
    const discretiser = new Discretiser([
      { name: 'workers', edges: [4] },
      { name: 'avgTime', edges: [1] },
    ]);
    expect(discretiser.stateOf(seen({ avgTime: Number.NaN }))).toBe(NO_STATE);
    expect(discretiser.notANumber(seen({ avgTime: Number.NaN }))).toBe('avgTime');
    expect(discretiser.notANumber(seen({ maxTime: Number.NaN }))).toBeNull();
  });

  test('of the defaults is one of the 53,760 of the reference', () => {
    const dimensions = binnedDimensions(defaultConfig.agents.sarsa);
    expect(countStates(dimensions)).toBe(53_760);
    expect(dimensions.map(({ name }) => name)).toEqual([
      'inputQueue',
      'workerQueue',
      'workers',
      'avgTime',
      'arrivalRate',
      'qosRate',
    ]);
  });
});
