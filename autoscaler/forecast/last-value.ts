import type { Forecast, Forecaster } from './forecaster.ts';
import { OneStepErrors } from './one-step-errors.ts';

/**
 * Whatever was last, stays: the naive forecast, right for a random walk. The error's variance grows with the steps.
 * Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., 5.2 and 5.5.
 */
export class LastValue implements Forecaster {
  readonly name = 'last';
  readonly #errors = new OneStepErrors();
  #last: number | null = null;

  update(value: number): void {
    if (this.#last !== null) this.#errors.add(value - this.#last);
    this.#last = value;
  }

  predict(steps: number): Forecast | null {
    return this.#last === null ? null : this.#errors.around(this.#last, steps);
  }
}
