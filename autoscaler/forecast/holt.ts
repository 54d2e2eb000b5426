import type { Forecast, Forecaster } from './forecaster.ts';
import { OneStepErrors } from './one-step-errors.ts';

/** Each from 0 to 1. `trend` 0 is simple exponential smoothing: one level, no trend. */
export interface HoltSettings {
  /** Weight of the newest value in the level, over 0 (α). */
  readonly level: number;
  /** Weight of the newest change of level in the trend (β*). */
  readonly trend: number;
  /** What remains of the trend from one step to the next; under 1 the forecast levels out (φ). */
  readonly damping: number;
}

/**
 * Half of what is new, a trend that takes several steps to form, and four fifths of it from step to step: the damping is
 * the smallest that the source recommends, as a rate of arrivals that rises now will not rise for long.
 */
export function defaultHoltSettings(): HoltSettings {
  return { level: 0.5, trend: 0.2, damping: 0.8 };
}

/**
 * Exponential smoothing with a damped trend (Holt 1957; Gardner and McKenzie 1985):
 *
 *     level    l = α·x + (1 − α)·(l' + φ·b')          trend  b = β*·(l − l') + (1 − β*)·φ·b'
 *     forecast x(h) = l + (φ + φ² + … + φ^h)·b        variance ∝ 1 + Σ_{j<h} (α + α·β*·(φ + … + φ^j))²
 *
 * The first value is the level, without a trend. Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
 * 3rd ed., 8.2 and 8.7 (ETS(A,Ad,N), with β = α·β*).
 *
 * Example, α 0.5, β* 0.2, φ 0.8: after 10, 14 the level is 0.5·14 + 0.5·10 = 12 and the trend 0.2·2 = 0.4; two steps ahead
 * 12 + (0.8 + 0.64)·0.4 = 12.576 are expected (test/autoscaler/forecast/forecasters.test.ts).
 * Deviation: 1. the weights are given and not estimated from the series: it is a few dozen values long, and new each episode.
 */
export class Holt implements Forecaster {
  readonly name = 'holt';
  readonly #errors = new OneStepErrors();
  readonly #settings: HoltSettings;
  #level: number | null = null;
  #trend = 0;

  constructor(settings: HoltSettings) {
    this.#settings = settings;
  }

  update(value: number): void {
    const before = this.#level;
    if (before === null) {
      this.#level = value;
      return;
    }
    const { level: alpha, trend: beta, damping: phi } = this.#settings;
    const expected = before + phi * this.#trend;
    this.#errors.add(value - expected);
    const level = alpha * value + (1 - alpha) * expected;
    this.#trend = beta * (level - before) + (1 - beta) * phi * this.#trend;
    this.#level = level;
  }

  predict(steps: number): Forecast | null {
    if (this.#level === null) return null;
    const { level: alpha, trend: beta, damping: phi } = this.#settings;
    let damped = 0;
    let growth = 1;
    let power = 1;
    for (let step = 1; step <= steps; step += 1) {
      power *= phi;
      damped += power;
      if (step < steps) growth += (alpha * (1 + beta * damped)) ** 2;
    }
    return this.#errors.around(this.#level + damped * this.#trend, growth);
  }
}
