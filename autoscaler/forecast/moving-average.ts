import type { Forecast, Forecaster } from './forecaster.ts';
import { LastValues } from './last-values.ts';
import { OneStepErrors } from './one-step-errors.ts';

/**
 * The mean of the last values, however far ahead: right for noise around a level. The interval is as wide at every step.
 * Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.2 (mean method), over a window.
 *
 * Example, window 3: after 2, 4, 9, 5 it expects (4 + 9 + 5) / 3 = 6 (test/autoscaler/forecast/forecasters.test.ts).
 */
export class MovingAverage implements Forecaster {
  readonly name = 'average';
  readonly #errors = new OneStepErrors();
  readonly #values: LastValues;

  /** `window`: how many values, 1 or more. */
  constructor(window: number) {
    this.#values = new LastValues(window);
  }

  update(value: number): void {
    if (this.#values.count > 0) this.#errors.add(value - this.#mean());
    this.#values.add(value);
  }

  predict(): Forecast | null {
    return this.#values.count === 0 ? null : this.#errors.around(this.#mean(), 1);
  }

  #mean(): number {
    let sum = 0;
    for (let age = 0; age < this.#values.count; age += 1) sum += this.#values.at(age);
    return sum / this.#values.count;
  }
}
