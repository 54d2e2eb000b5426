import { leastSquares } from './least-squares.ts';

/** A measured time. */
interface TimedSize {
  readonly sizePx: number;
  readonly timeS: number;
}

/** time = a·size² + b: seconds for a picture of size × size px. */
export interface TimingFit {
  /** s/px² */
  readonly a: number;
  /** s, never negative */
  readonly b: number;
  /** Share of the times' variance that the fit explains, over the points given. */
  readonly rSquared: number;
}

/** time = a·size² + linear·size + constant, for comparison. */
export interface FullQuadraticFit {
  readonly a: number;
  /** s/px */
  readonly linear: number;
  /** s */
  readonly constant: number;
  readonly rSquared: number;
}

/**
 * `equal`: ordinary least squares, as the reference has it. `relative`: each point counts by 1/time² of its size's mean,
 * so that an error of 5 % weighs the same at 20 ms as at 2 s. Otherwise the largest picture, 64 times the area of the
 * smallest, decides alone, and the short tasks of a quick workload are predicted badly.
 */
export type Weighting = 'equal' | 'relative';

/** Sizes enter in thousands of pixels, which keeps the normal equations well conditioned. */
const SCALE_PX = 1000;

/**
 * Least squares for a and b. A negative b is not a time: the fit is then the best one through the origin.
 * With the reference's four means and equal weights: a = 1.7099e-7, b = 0.0016655, R² = 0.999904
 * (test/autoscaler/run/calibrate-fit.test.ts).
 * Source: task-farm reference, `calibrate_direct.py` (scipy.curve_fit of the same model). Deviations: 1. every trial counts,
 * not the mean of each size; 2. weighted, see Weighting; 3. b ≥ 0.
 * @throws RangeError with fewer than two sizes
 */
export function fitTimingModel(points: readonly TimedSize[], weighting: Weighting): TimingFit {
  const free = solve(points, weighting, (size) => [size ** 2, 1]);
  const [a = 0, b = 0] = (free[1] ?? 0) >= 0 ? free : solve(points, weighting, (size) => [size ** 2]);
  const fit = { a: a / SCALE_PX ** 2, b };
  return { ...fit, rSquared: rSquared(points, (sizePx) => fit.a * sizePx ** 2 + fit.b) };
}

/** @throws RangeError with fewer than three sizes */
export function fitFullQuadratic(points: readonly TimedSize[], weighting: Weighting): FullQuadraticFit {
  const [square = 0, straight = 0, constant = 0] = solve(points, weighting, (size) => [size ** 2, size, 1]);
  const fit = { a: square / SCALE_PX ** 2, linear: straight / SCALE_PX, constant };
  const predict = (sizePx: number): number => fit.a * sizePx ** 2 + fit.linear * sizePx + fit.constant;
  return { ...fit, rSquared: rSquared(points, predict) };
}

function solve(
  points: readonly TimedSize[],
  weighting: Weighting,
  basisOf: (sizeInThousands: number) => number[],
): number[] {
  const means = meanBySize(points);
  const coefficients = basisOf(1).length;
  if (means.size < coefficients)
    throw new RangeError(`${coefficients} coefficients need as many sizes, got ${means.size}`);
  return leastSquares(
    points.map(({ sizePx, timeS }) => ({
      basis: basisOf(sizePx / SCALE_PX),
      y: timeS,
      weight: weighting === 'equal' ? 1 : 1 / (means.get(sizePx) ?? timeS) ** 2,
    })),
  );
}

function meanBySize(points: readonly TimedSize[]): Map<number, number> {
  const sizes = [...new Set(points.map(({ sizePx }) => sizePx))];
  const timesOf = (size: number): number[] => points.filter(({ sizePx }) => sizePx === size).map(({ timeS }) => timeS);
  return new Map(sizes.map((size) => [size, mean(timesOf(size))]));
}

function rSquared(points: readonly TimedSize[], predict: (sizePx: number) => number): number {
  const meanS = mean(points.map(({ timeS }) => timeS));
  const total = points.reduce((sum, { timeS }) => sum + (timeS - meanS) ** 2, 0);
  const residual = points.reduce((sum, { sizePx, timeS }) => sum + (timeS - predict(sizePx)) ** 2, 0);
  return 1 - residual / total;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
