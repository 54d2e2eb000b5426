import type { Forecaster } from './forecaster.ts';
import { Holt, defaultHoltSettings } from './holt.ts';
import { LastValue } from './last-value.ts';
import { LinearTrend } from './linear-trend.ts';
import { MovingAverage } from './moving-average.ts';

export const forecasterNames = ['last', 'average', 'holt', 'trend'] as const;

export type ForecasterName = (typeof forecasterNames)[number];

/** Steps that a moving average or a line looks back on: long enough to calm Poisson noise, short beside a phase. */
const WINDOW = 6;

/** A fresh forecaster that has seen nothing. */
export function makeForecaster(name: ForecasterName): Forecaster {
  switch (name) {
    case 'last':
      return new LastValue();
    case 'average':
      return new MovingAverage(WINDOW);
    case 'holt':
      return new Holt(defaultHoltSettings());
    case 'trend':
      return new LinearTrend(WINDOW);
  }
}
