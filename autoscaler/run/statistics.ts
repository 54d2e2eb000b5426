/** A sample in four numbers and the 95 % interval of its mean, in the sample's own unit. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Of the sample (n − 1); 0 for a single value. */
  readonly sd: number;
  /** 95 % confidence interval of the mean; null for fewer than two values, which say nothing about their spread. */
  readonly ci: readonly [low: number, high: number] | null;
}

/**
 * Two-sided 95 % quantiles of Student's t for 1 to 28 degrees of freedom (any statistical table, e.g. NIST/SEMATECH
 * e-Handbook 1.3.6.7.2).
 */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
] as const;

/** The normal distribution's, which stands for t from 30 values on. */
const NORMAL = 1.96;

/**
 * Mean, standard deviation and the mean's 95 % interval: mean ± t · sd / √n.
 * 1, 2, 3, 4, 5: mean 3, sd 1.5811, interval 3 ± 2.776 · 0.7071 = 1.037 to 4.963 (test/autoscaler/run/statistics.test.ts).
 * @throws RangeError when there is nothing to describe
 */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  if (count === 0) throw new RangeError('no values to describe');
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { count, mean, sd: 0, ci: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = Math.sqrt(squares / (count - 1));
  const half = (studentT(count) * sd) / Math.sqrt(count);
  return { count, mean, sd, ci: [mean - half, mean + half] };
}

/** Two-sided 95 % quantile for the mean of `count` values, at least two. */
function studentT(count: number): number {
  return STUDENT[count - 2] ?? NORMAL;
}
