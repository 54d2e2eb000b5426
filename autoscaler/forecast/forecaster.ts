/** What is expected some steps ahead, in the unit of the series. */
export interface Forecast {
  readonly mean: number;
  /** Bounds that hold the value in about 95 of 100 cases; infinite while no forecast has been checked yet. */
  readonly lower: number;
  readonly upper: number;
}

/**
 * Expects what a series of equally spaced values does next. It knows no time: a step is one `update`. Pure: equal series
 * give equal forecasts, and `predict` changes nothing.
 */
export interface Forecaster {
  readonly name: string;
  /** Takes the newest value, a finite number. */
  update(value: number): void;
  /** `steps`: how far ahead, from 1. Null before the first value: nothing is known. */
  predict(steps: number): Forecast | null;
}
