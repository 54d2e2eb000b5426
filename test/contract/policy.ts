import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy, PolicyOptions } from '#autoscaler/policy/policy.ts';
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

/** What every policy keeps to, whatever it sees. `make` gives a fresh one that has seen nothing. */
export function policyContract(name: string, make: (options: PolicyOptions) => Policy): void {
  describe(`${name} as a policy`, () => {
    test('answers the same to the same observations', () => {
      fc.assert(
        fc.property(anyOptions, fc.array(anySeen, { maxLength: 20 }), (options, history) => {
          const one = make(options);
          const other = make(options);
          expect(history.map((seen) => one.decide(seen))).toEqual(history.map((seen) => other.decide(seen)));
        }),
      );
    });

    test('asks for a whole number of workers within its bounds, for a reason', () => {
      fc.assert(
        fc.property(anyOptions, anySeen, (options, seen) => {
          const decision = make(options).decide(seen);
          expect(decision.because).not.toBe('');
          if (decision.kind === 'hold') return;
          expect(Number.isInteger(decision.replicas)).toBe(true);
          expect(decision.replicas).toBeGreaterThanOrEqual(options.minWorkers);
          expect(decision.replicas).toBeLessThanOrEqual(options.maxWorkers);
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
  });
}
