/** Some measurements in seven numbers, in their own unit. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Of the sample (n − 1); 0 for one measurement. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
}

/** @throws RangeError when there is nothing to summarise */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('no measurements to summarise');
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  return { count, mean, sd, min, max, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

/**
 * Between the two nearest ranks in a straight line (Hyndman and Fan 1996, definition 7; numpy's default).
 * The 0.95 quantile of 1, 2, 3, 4, 5 is 4.8 (test/autoscaler/run/calibrate-fit.test.ts).
 */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}
