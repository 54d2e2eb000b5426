import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Forecaster } from '#autoscaler/forecast/forecaster.ts';
import { Sfc32 } from '#shared/rng.ts';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const series = fc.array(value, { minLength: 1, maxLength: 40 });
const steps = fc.integer({ min: 1, max: 10 });

function taught(make: () => Forecaster, values: readonly number[]): Forecaster {
  const forecaster = make();
  for (const value of values) forecaster.update(value);
  return forecaster;
}

/** What every forecaster keeps to. `make` gives a fresh one. */
export function forecasterContract(name: string, make: () => Forecaster): void {
  describe(`${name} as a forecaster`, () => {
    test('knows nothing before the first value', () => {
      expect(make().predict(1)).toBeNull();
    });

    test('has no idea how wrong it is after the first value', () => {
      expect(taught(make, [7]).predict(1)).toEqual({ mean: 7, lower: -Infinity, upper: Infinity });
    });

    test('expects a constant to stay, and is sure of it', () => {
      fc.assert(
        fc.property(value, fc.integer({ min: 2, max: 40 }), steps, (constant, count, ahead) => {
          const forecast = taught(make, Array<number>(count).fill(constant)).predict(ahead)!;
          const near = Math.max(1, Math.abs(constant)) * 1e-9;
          expect(Math.abs(forecast.mean - constant)).toBeLessThanOrEqual(near);
          expect(forecast.upper - forecast.lower).toBeLessThanOrEqual(100 * near);
        }),
      );
    });

    test('equal series give equal forecasts, and asking changes nothing', () => {
      fc.assert(
        fc.property(series, steps, (values, ahead) => {
          const asked = make();
          for (const value of values) {
            asked.update(value);
            asked.predict(ahead);
          }
          expect(asked.predict(ahead)).toEqual(taught(make, values).predict(ahead));
        }),
      );
    });

    test('the mean is finite and inside its bounds, which do not close in further ahead', () => {
      fc.assert(
        fc.property(series, steps, (values, ahead) => {
          const forecaster = taught(make, values);
          const { mean, lower, upper } = forecaster.predict(ahead)!;
          expect(Number.isFinite(mean)).toBe(true);
          expect(lower).toBeLessThanOrEqual(mean);
          expect(upper).toBeGreaterThanOrEqual(mean);
          const further = forecaster.predict(ahead + 1)!;
          expect(further.upper - further.lower).toBeGreaterThanOrEqual((upper - lower) * (1 - 1e-9));
        }),
      );
    });

    test('does not care for the unit: values times a factor and moved give forecasts times that factor and moved', () => {
      const unit = fc.tuple(fc.double({ min: 0.1, max: 10, noNaN: true }), fc.integer({ min: -1_000, max: 1_000 }));
      const modest = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2, maxLength: 40 });
      fc.assert(
        fc.property(modest, steps, unit, (values, ahead, [factor, offset]) => {
          const plain = taught(make, values).predict(ahead)!;
          const other = taught(
            make,
            values.map((value) => value * factor + offset),
          ).predict(ahead)!;
          expect(other.mean).toBeCloseTo(plain.mean * factor + offset, 5);
          expect(other.upper - other.mean).toBeCloseTo((plain.upper - plain.mean) * factor, 4);
        }),
      );
    });

    test.each([1, 3])('its bounds hold about 95 %% of values around a level, %d steps ahead', (ahead) => {
      const rng = new Sfc32(11);
      const forecaster = make();
      const values = Array.from({ length: 3_000 }, () => noise(rng));
      let held = 0;
      for (const [index, value] of values.entries()) {
        const ahead1 = values[index + ahead];
        forecaster.update(value);
        if (ahead1 === undefined || index < 100) continue;
        const { lower, upper } = forecaster.predict(ahead)!;
        if (ahead1 >= lower && ahead1 <= upper) held += 1;
      }
      const share = held / (values.length - ahead - 100);
      // A random walk's intervals are too wide for noise around a level, never too narrow.
      expect(share).toBeGreaterThan(0.93);
    });
  });
}

/** About standard normal: the sum of twelve uniform numbers. */
function noise(rng: Sfc32): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw += 1) sum += rng.float();
  return sum;
}
