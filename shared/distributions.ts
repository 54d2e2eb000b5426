import type { Rng } from './rng.ts';

/**
 * Samplers for arrivals and service times. Each takes its numbers from the generator that it is given, so a seed fixes the
 * whole sequence. Moments are held against theory and d3-random in test/shared/distributions.test.ts.
 */

/** Exponential with the given mean, by inversion. The result has the unit of `mean`. */
export function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log1p(-rng.float());
}

/** Standard normal. Source: Marsaglia & Bray, "A convenient method for generating normal variables", SIAM Review 1964. */
export function normal(rng: Rng): number {
  for (;;) {
    const x = 2 * rng.float() - 1;
    const y = 2 * rng.float() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

export interface GammaParameters {
  /** Over 0; mean is shape × scale, variance shape × scale². */
  readonly shape: number;
  /** Over 0, in the unit of the result. */
  readonly scale: number;
}

/**
 * Gamma. Source: Marsaglia & Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); a shape below 1
 * comes from shape + 1 times U^(1/shape), as in their section 6.
 */
export function gamma(rng: Rng, { shape, scale }: GammaParameters): number {
  if (shape < 1) {
    const raised = gamma(rng, { shape: shape + 1, scale });
    return raised * Math.pow(1 - rng.float(), 1 / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(rng);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root ** 3;
    const u = 1 - rng.float();
    if (u < 1 - 0.0331 * x ** 4) return d * v * scale;
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v * scale;
  }
}

/** Below this mean, multiplying uniforms is quicker and PTRS is not defined. */
const PTRS_FROM = 10;

/** Poisson, exact for every mean from 0 upwards. */
export function poisson(rng: Rng, mean: number): number {
  if (mean <= 0) return 0;
  return mean < PTRS_FROM ? poissonByMultiplication(rng, mean) : poissonByRejection(rng, mean);
}

/** Source: Knuth, The Art of Computer Programming, volume 2, section 3.4.1, algorithm Q. */
function poissonByMultiplication(rng: Rng, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = 1 - rng.float(); product > limit; product *= 1 - rng.float()) count += 1;
  return count;
}

/** Source: Hörmann, "The transformed rejection method for generating Poisson random variables" (1993), algorithm PTRS. */
function poissonByRejection(rng: Rng, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vRight = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = rng.float() - 0.5;
    const v = 1 - rng.float();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vRight) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const hat = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (hat <= count * Math.log(mean) - mean - logFactorial(count)) return count;
  }
}

/** ln n!, by its sum below 10 and by Stirling's series above (error under 1e-10). */
function logFactorial(n: number): number {
  if (n < 10) {
    let sum = 0;
    for (let i = 2; i <= n; i += 1) sum += Math.log(i);
    return sum;
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}
