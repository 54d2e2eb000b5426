/** Values of one kind as they were met: their range, and the shares of them below and between `edges`. */
export interface Population {
  readonly count: number;
  readonly low: number;
  readonly high: number;
  /** Ascending; one fewer than `shares`. */
  readonly edges: readonly number[];
  /** Of values up to the first edge, up to the second, …, above the last. They add up to 1. */
  readonly shares: readonly number[];
}

/** Bins of about equal share: few, because windows are short. */
const BINS = 5;

/** An empty bin counts as this share, or the logarithm has no value. */
const LEAST_SHARE = 0.005;

/** @throws RangeError for no values at all. */
export function populationOf(values: readonly number[]): Population {
  if (values.length === 0) throw new RangeError('no values to describe');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const quantiles = Array.from({ length: BINS - 1 }, (_, bin) => at((bin + 1) / BINS));
  // Values that many share make equal quantiles; an edge stands once, and none above everything.
  const edges = [...new Set(quantiles)].filter((edge) => edge < at(1));
  return { count: values.length, low: at(0), high: at(1), edges, shares: sharesOf(values, edges) };
}

/** 99.9 % quantiles of χ² for 1 to BINS − 1 degrees of freedom (any statistical table). */
const HARDLY_EVER = [10.828, 13.816, 16.266, 18.467] as const;

/**
 * Population Stability Index of `values` against `expected`, less what chance hardly ever gives:
 *
 *     PSI = Σ (p − q) · ln(p / q)         over the bins of `expected`; p, q: shares now and then
 *
 * 0.1 is usually called a slight shift, 0.25 a large one. Where nothing has changed, PSI of n values against m in B bins is
 * about (1/n + 1/m)·χ²(B − 1): its 99.9 % quantile is taken off. Sources: Siddiqi, Credit Risk Scorecards, 2006; Yurdakul
 * and Naranjo, Statistical Properties of the Population Stability Index, Journal of Risk Model Validation 14(4), 2020.
 *
 * Example: shares 0.5 and 0.5 that become 0.8 and 0.2 are 0.3·ln 1.6 + 0.3·ln 2.5 = 0.416; with 1,000 values now and very
 * many then, 0.011 of it may be chance (test/autoscaler/shield/drift.test.ts). Deviation: 1. that subtraction.
 */
export function stabilityIndex(values: readonly number[], expected: Population): number {
  const now = sharesOf(values, expected.edges);
  let index = 0;
  for (const [bin, share] of now.entries()) {
    const p = Math.max(share, LEAST_SHARE);
    const q = Math.max(expected.shares[bin] ?? 0, LEAST_SHARE);
    index += (p - q) * Math.log(p / q);
  }
  const byChance = (HARDLY_EVER[now.length - 2] ?? 0) * (1 / values.length + 1 / expected.count);
  return Math.max(0, index - byChance);
}

function sharesOf(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const bin = edges.findIndex((edge) => value <= edge);
    const at = bin === -1 ? edges.length : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count) => count / Math.max(1, values.length));
}
