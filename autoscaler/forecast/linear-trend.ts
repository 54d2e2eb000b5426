import type { Forecast, Forecaster } from './forecaster.ts';
import { LastValues } from './last-values.ts';
import { OneStepErrors } from './one-step-errors.ts';

/**
 * The least-squares line through the last values, drawn on. With k values at ages a = 0 … k − 1, a newest one of age 0 and
 * mean age ā = (k − 1)/2:
 *
 *     slope = −Σ (a − ā)·x / Σ (a − ā)²       x(h) = mean + slope · (ā + h)
 *     variance ∝ 1 + 1/k + (ā + h)² / Σ (a − ā)²
 *
 * One value is taken for a level. Source: any text on simple regression; Hyndman and Athanasopoulos, Forecasting:
 * Principles and Practice, 3rd ed., 7.9 (prediction intervals).
 *
 * Example, window 3, after 9, 1, 3, 5: slope 2, mean 3; two steps ahead 3 + 2·(1 + 2) = 9
 * (test/autoscaler/forecast/forecasters.test.ts).
 */
export class LinearTrend implements Forecaster {
  readonly name = 'trend';
  readonly #errors = new OneStepErrors();
  readonly #values: LastValues;

  /** `window`: how many values, 2 or more. */
  constructor(window: number) {
    this.#values = new LastValues(window);
  }

  update(value: number): void {
    if (this.#values.count > 0) this.#errors.add(value - this.#drawOn(1));
    this.#values.add(value);
  }

  predict(steps: number): Forecast | null {
    const count = this.#values.count;
    if (count === 0) return null;
    return this.#errors.around(this.#drawOn(steps), variance(count, steps) / variance(count, 1));
  }

  #drawOn(steps: number): number {
    const count = this.#values.count;
    const meanAge = (count - 1) / 2;
    let sum = 0;
    let product = 0;
    for (let age = 0; age < count; age += 1) {
      const value = this.#values.at(age);
      sum += value;
      product += (age - meanAge) * value;
    }
    const slope = count === 1 ? 0 : -product / spread(count);
    return sum / count + slope * (meanAge + steps);
  }
}

/** Σ (a − ā)² over ages 0 … count − 1. */
function spread(count: number): number {
  return (count * (count * count - 1)) / 12;
}

function variance(count: number, steps: number): number {
  if (count === 1) return steps;
  return 1 + 1 / count + ((count - 1) / 2 + steps) ** 2 / spread(count);
}
