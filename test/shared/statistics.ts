/** What the statistical tests share. Seeds are fixed, so each of them passes always or never. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Population variance. */
export function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

export function deviation(values: readonly number[]): number {
  return Math.sqrt(variance(values));
}

/** Distance of the sample's mean from `expected`, in standard errors. */
export function zOfMean(values: readonly number[], expected: number): number {
  return (mean(values) - expected) / Math.sqrt(variance(values) / values.length);
}

/** Distance of the sample's variance from `expected`, in standard errors (from the sample's fourth moment). */
export function zOfVariance(values: readonly number[], expected: number): number {
  const middle = mean(values);
  return zOfMean(
    values.map((value) => (value - middle) ** 2),
    expected,
  );
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/**
 * Kolmogorov-Smirnov distance of two samples, times √(nm / (n + m)): above 1.95 for one pair of equal distributions in a
 * thousand. Ties count once, so it also does for whole numbers.
 */
export function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): number {
  const a = [...one].sort((x, y) => x - y);
  const b = [...other].sort((x, y) => x - y);
  let distance = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const at = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= at) i += 1;
    while (j < b.length && b[j]! <= at) j += 1;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  return distance * Math.sqrt((a.length * b.length) / (a.length + b.length));
}

/** Pearson's chi-square of counts that should all be equal, as standard deviations over its mean. */
export function chiSquareZ(counts: readonly number[]): number {
  const expected = mean(counts);
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

export function correlation(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [mean(one), mean(other)];
  const product = mean(one.map((value, i) => (value - a) * (other[i]! - b)));
  return product / Math.sqrt(variance(one) * variance(other));
}
