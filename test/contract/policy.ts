import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy, PolicyOptions } from '#autoscaler/policy/policy.ts';
import type { Seen } from '#autoscaler/observation.ts';
import { anySeen } from '../autoscaler/support/sightings.ts';

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }))
  .map(([a, b]) => ({ minWorkers: Math.min(a, b), maxWorkers: Math.max(a, b) }));

const anyOptions: fc.Arbitrary<PolicyOptions> = fc
  .record({
    bounds,
    stepDurationS: fc.double({ min: 0.1, max: 60, noNaN: true }),
    horizonS: fc.option(fc.double({ min: 0.1, max: 60, noNaN: true }), { nil: null }),
  })
  .map(({ bounds: { minWorkers, maxWorkers }, ...rest }) => ({ minWorkers, maxWorkers, ...rest }));

const size = fc.nat({ max: 100_000 });

/** Looks at a farm, one after the other, and the same looks as a policy without a clock should not tell apart from them. */
const anyHistories: fc.Arbitrary<{ history: readonly Seen[]; other: readonly Seen[] }> = fc
  .record({
    looks: fc.array(
      fc.record({ seen: anySeen, stepMs: fc.integer({ min: 1, max: 120_000 }), clock: fc.tuple(size, size, size) }),
      { maxLength: 30 },
    ),
    shiftMs: fc.integer({ min: -1e9, max: 1e9 }),
  })
  .map(({ looks, shiftMs }) => {
    const history: Seen[] = [];
    const other: Seen[] = [];
    let at = looks[0]?.seen.info.at ?? 0;
    for (const { seen, stepMs, clock } of looks) {
      at += stepMs;
      history.push({ ...seen, info: { ...seen.info, at } });
      const [, waiting, result, , ...rest] = seen.observation;
      const [input, output, emitted] = clock;
      other.push({
        observation: [input, waiting, result, output, ...rest],
        info: { ...seen.info, emitted, at: at + shiftMs },
      });
    }
    return { history, other };
  });

const anyHistory = anyHistories.map(({ history }) => history);

/** What every policy keeps to, whatever it sees. `make` gives a fresh one that has seen nothing. */
export function policyContract(name: string, make: (options: PolicyOptions) => Policy): void {
  describe(`${name} as a policy`, () => {
    test('answers the same to the same observations', () => {
      fc.assert(
        fc.property(anyOptions, anyHistory, (options, history) => {
          const one = make(options);
          const other = make(options);
          expect(history.map((seen) => one.decide(seen))).toEqual(history.map((seen) => other.decide(seen)));
        }),
      );
    });

    test('asks for a whole number of workers within its bounds, for a reason', () => {
      fc.assert(
        fc.property(anyOptions, anyHistory, (options, history) => {
          const policy = make(options);
          for (const seen of history) {
            const decision = policy.decide(seen);
            expect(decision.because).toMatch(/^(?!.*(NaN|undefined|Infinity)).+$/);
            if (decision.kind === 'hold') continue;
            expect(Number.isInteger(decision.replicas)).toBe(true);
            expect(decision.replicas).toBeGreaterThanOrEqual(options.minWorkers);
            expect(decision.replicas).toBeLessThanOrEqual(options.maxWorkers);
          }
        }),
      );
    });

    test('leaves what it is shown as it was', () => {
      fc.assert(
        fc.property(anyOptions, anySeen, (options, seen) => {
          const before = structuredClone(seen);
          make(options).decide(seen);
          expect(seen).toEqual(before);
        }),
      );
    });

    const { usesClock } = make({ minWorkers: 1, maxWorkers: 32, stepDurationS: 8, horizonS: null });
    test.skipIf(usesClock)('does not use the clock that it says it does not use, nor the time of day', () => {
      fc.assert(
        fc.property(anyOptions, anyHistories, (options, { history, other }) => {
          const one = make(options);
          const two = make(options);
          expect(other.map((seen) => two.decide(seen))).toEqual(history.map((seen) => one.decide(seen)));
        }),
      );
    });
  });
}
