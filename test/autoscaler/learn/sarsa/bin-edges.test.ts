import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAscending } from '#shared/agents-schema.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { binnedDimensions, edgesFor } from '#autoscaler/learn/sarsa/bin-edges.ts';
import { observationSpace } from '#autoscaler/observation.ts';

const { bins } = defaultConfig.agents.sarsa;
const byName = (settings: Parameters<typeof binnedDimensions>[0]) =>
  Object.fromEntries(binnedDimensions(settings).map(({ name, edges }) => [name, edges]));

describe('edges', () => {
  test("are the reference's for the reference's bins", () => {
    expect(byName({ bins, edges: [] })).toEqual({
      inputQueue: [0.5, 1.5, 2.5],
      workerQueue: [0.5, 2.5, 5.5, 9.5, 15.5, 30.5],
      workers: [3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5],
      avgTime: [0.5, 1, 2, 4, 8, 16, 32],
      arrivalRate: [0.15, 0.5, 1.5, 3.5],
      qosRate: [0.5, 0.8, 0.9, 0.95, 0.999],
    });
  });

  test.each([
    { name: 'arrivalRate', bins: 4, edges: [3, 6, 9] },
    { name: 'avgTime', bins: 4, edges: [2, 8, 18] },
    { name: 'inputQueue', bins: 2, edges: [2] },
    { name: 'workers', bins: 4, edges: [8.5, 16.5, 24.5] },
    { name: 'qosRate', bins: 4, edges: [0.5, Math.SQRT1_2, Math.sqrt(0.75)] },
    { name: 'outputQueue', bins: 1, edges: [] },
  ] as const)('of $bins bins of $name divide its range', ({ name, bins: count, edges }) => {
    const found = edgesFor(name, count);
    expect(found).toHaveLength(edges.length);
    for (const [i, edge] of edges.entries()) expect(found[i]).toBeCloseTo(edge, 12);
  });

  test('ascend, one fewer than bins', () => {
    fc.assert(
      fc.property(fc.constantFrom(...observationSpace), fc.integer({ min: 1, max: 64 }), ({ name }, count) => {
        const edges = edgesFor(name, count);
        expect(edges).toHaveLength(count - 1);
        expect(isAscending(edges)).toBe(true);
      }),
    );
  });

  test('given by farm.yml stand over bins, and bring further dimensions', () => {
    const edges = [
      { dimension: 'avgTime', at: [] },
      { dimension: 'workers', at: [10, 20] },
      { dimension: 'load', at: [5] },
    ] as const;
    const found = byName({ bins, edges: edges.map(({ dimension, at }) => ({ dimension, at: [...at] })) });
    expect(found).toMatchObject({ workers: [10, 20], load: [5], inputQueue: [0.5, 1.5, 2.5] });
    expect(found).not.toHaveProperty('avgTime');
  });

  test('that make too many states are refused, with how many', () => {
    expect(() => binnedDimensions({ bins: [64, 64, 64, 64, 64, 64, 1, 1, 1], edges: [] })).toThrow(
      'agents.sarsa: bins and edges make 68719476736 states; at most 2147483648 are allowed',
    );
  });
});
