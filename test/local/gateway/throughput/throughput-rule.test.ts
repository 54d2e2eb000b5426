import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaleRules } from '../../../../local/gateway/scale-rules.ts';
import {
  communityEditionTiming,
  scalesByThroughput,
  ThroughputRule,
} from '../../../../local/gateway/throughput/throughput-rule.ts';

const labels = (rest: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(rest).map(([key, value]) => [`com.openfaas.scale.${key}`, value]));

/** Replicas at each second under `rates` invocations a second, one look a second, for a function that is given what it asks for. */
function play(rates: readonly number[], rest: Record<string, string>, start = 1): number[] {
  const rules = scaleRules(labels(rest), null);
  const rule = new ThroughputRule(communityEditionTiming);
  let successes = 0;
  let desired = start;
  return rates.map((rate, second) => {
    successes += rate;
    desired = rule.look({ atMs: second * 1000, successes, desired }, rules) ?? desired;
    return desired;
  });
}

const seconds = (count: number, rate: number): number[] => Array.from({ length: count }, () => rate);

/** [second, replicas] whenever the replicas change. */
function changes(replicas: readonly number[], start = 1): [number, number][] {
  return replicas.flatMap((now, at) => (now === (replicas[at - 1] ?? start) ? [] : [[at, now] as [number, number]]));
}

describe('scaling by throughput', () => {
  test('steps of a tenth of max every 30 s under load, and back to min when it is over', () => {
    // 20/s: over 5/s in the window after 3 s, held for 5 s; after the load the window empties within 10 s.
    expect(changes(play([...seconds(100, 20), ...seconds(20, 0)], { max: '20' }))).toEqual([
      [8, 3],
      [38, 5],
      [68, 7],
      [98, 9],
      [107, 1],
    ]);
  });

  test.each([
    { name: 'a factor of 50 % of 4 adds 2', rest: { max: '4', factor: '50' }, first: [8, 3] },
    { name: 'a step ends at max', rest: { max: '2', factor: '100' }, first: [8, 2] },
    { name: 'a part of a replica is one', rest: { max: '2' }, first: [8, 2] },
  ])('$name', ({ rest, first }) => {
    expect(changes(play(seconds(20, 20), rest))).toEqual([first]);
  });

  test.each([
    { name: '5/s is not above 5/s', rates: seconds(60, 5) },
    { name: 'a burst that is over before it was held', rates: [...seconds(2, 8), ...seconds(58, 0)] },
    { name: 'nothing', rates: seconds(60, 0) },
  ])('no step: $name', ({ rates }) => {
    expect(changes(play(rates, { max: '20' }))).toEqual([]);
  });

  test('what somebody else asked for stays while there is no load', () => {
    expect(changes(play(seconds(60, 0), { max: '20' }, 7), 7)).toEqual([]);
  });

  test('at max it asks for nothing more, and goes back to min from there', () => {
    expect(changes(play([...seconds(50, 20), ...seconds(20, 0)], { min: '2', max: '3' }, 3), 3)).toEqual([[57, 2]]);
  });

  test('whatever the traffic, from min to max and nowhere else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 }),
        fc.record({ min: fc.integer({ min: 1, max: 5 }), more: fc.integer({ min: 1, max: 20 }), factor: fc.nat(100) }),
        (rates, { min, more, factor }) => {
          const rest = { min: `${min}`, max: `${min + more}`, factor: `${factor}` };
          for (const replicas of play(rates, rest, min)) {
            expect(replicas).toBeGreaterThanOrEqual(min);
            expect(replicas).toBeLessThanOrEqual(min + more);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

test.each([
  { name: 'no labels: the worker of stack.yml, which its own autoscaler scales', rest: {}, scales: false },
  { name: 'min alone', rest: { min: '1' }, scales: false },
  { name: 'min = max', rest: { min: '2', max: '2' }, scales: false },
  { name: 'max above min', rest: { max: '2' }, scales: true },
  { name: 'a factor of 0', rest: { max: '2', factor: '0' }, scales: false },
])('which functions: $name → $scales', ({ rest, scales }) => {
  expect(scalesByThroughput(scaleRules(labels(rest), null))).toBe(scales);
});

test.each(['x', '-1', '101', '1.5', ''])('a factor of %j is refused', (factor) => {
  expect(() => scaleRules(labels({ factor }), null)).toThrow('expected a whole number from 0 to 100');
});
