import type { Forecast } from './forecaster.ts';

/** Standard normal quantile of a two-sided 95 % interval. */
const Z95 = 1.96;

/**
 * How wrong a forecaster was, one step ahead, and the interval that follows: mean ± 1.96 · s · √growth, with s the root
 * mean square of all one-step errors (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.5).
 *
 * Example: errors +1, −1, +2, −2 give s = √(10 / 4) = 1.58; a mean of 5 at growth 4 (last value, four steps ahead) lies in
 * 5 ± 1.96 · 1.58 · 2 = −1.20 to 11.20 (test/autoscaler/forecast/one-step-errors.test.ts).
 */
export class OneStepErrors {
  #count = 0;
  #sumOfSquares = 0;

  add(error: number): void {
    this.#count += 1;
    this.#sumOfSquares += error * error;
  }

  /** `growth`: variance of this forecast's error over that of one step's; 1 or more. */
  around(mean: number, growth: number): Forecast {
    if (this.#count === 0) return { mean, lower: -Infinity, upper: Infinity };
    const half = Z95 * Math.sqrt((this.#sumOfSquares / this.#count) * growth);
    return { mean, lower: mean - half, upper: mean + half };
  }
}
