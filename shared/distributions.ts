import type { Rng } from './rng.ts';

/**
 * Samplers for arrivals and service times. Each takes its numbers from the generator that it is given, so a seed fixes the
 * whole sequence. Moments are held against theory and d3-random in test/shared/distributions.test.ts.
 */

/** Exponential with the given mean, by inversion. The result has the unit of `mean`. */
export function exponential(rng: Rng, mean: number): number {
  return -mean * Math.log(1 - rng.float());
}

/** Layers of the ziggurat, the lowest of which holds the tail; its right edge and the area of each layer. */
const LAYERS = 128;
const TAIL_FROM = 3.442619855899;
const LAYER_AREA = 9.91256303526217e-3;

/** Right edges of the layers, from the widest; and the density there. */
const { edges, densities } = ziggurat();

function ziggurat(): { edges: Float64Array; densities: Float64Array } {
  const edges = new Float64Array(LAYERS + 1);
  const densities = new Float64Array(LAYERS + 1);
  let density = Math.exp(-0.5 * TAIL_FROM * TAIL_FROM);
  edges[0] = LAYER_AREA / density;
  edges[1] = TAIL_FROM;
  for (let i = 2; i < LAYERS; i += 1) {
    const edge = Math.sqrt(-2 * Math.log(LAYER_AREA / (edges[i - 1] ?? 1) + density));
    edges[i] = edge;
    density = Math.exp(-0.5 * edge * edge);
  }
  edges[LAYERS] = 0;
  for (let i = 0; i <= LAYERS; i += 1) densities[i] = Math.exp(-0.5 * (edges[i] ?? 0) * (edges[i] ?? 0));
  return { edges, densities };
}

/**
 * Standard normal, by the ziggurat. Source: Doornik, "An improved ziggurat method to generate normal random samples" (2005),
 * after Marsaglia & Tsang, "The ziggurat method for generating random variables", J. Stat. Software 5 (2000). Deviation: the
 * layer is taken from the lowest 7 of a draw's 53 bits and the abscissa from the 46 above them, which do not overlap.
 */
export function normal(rng: Rng): number {
  for (;;) {
    const bits = rng.float() * 0x20000000000000;
    const upper = Math.floor(bits / LAYERS);
    const layer = bits - upper * LAYERS;
    const x = (upper / 0x200000000000 - 1) * (edges[layer] ?? 0);
    if (Math.abs(x) < (edges[layer + 1] ?? 0)) return x;
    if (layer === 0) return x < 0 ? -tail(rng) : tail(rng);
    const low = densities[layer] ?? 0;
    const high = densities[layer + 1] ?? 0;
    if (low + rng.float() * (high - low) < Math.exp(-0.5 * x * x)) return x;
  }
}

/** The normal above TAIL_FROM. Source: Marsaglia, "Generating a variable from the tail of the normal distribution" (1964). */
function tail(rng: Rng): number {
  for (;;) {
    const x = -Math.log(1 - rng.float()) / TAIL_FROM;
    const y = -Math.log(1 - rng.float());
    if (2 * y >= x * x) return TAIL_FROM + x;
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
 * comes from shape + 1 times U^(1/shape), as in their section 6. Made once for many draws.
 */
export class GammaSampler {
  readonly #scale: number;
  readonly #d: number;
  readonly #c: number;
  /** 1 / shape for a shape below 1; else 0. */
  readonly #power: number;

  constructor({ shape, scale }: GammaParameters) {
    this.#scale = scale;
    this.#d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
    this.#c = 1 / Math.sqrt(9 * this.#d);
    this.#power = shape < 1 ? 1 / shape : 0;
  }

  draw(rng: Rng): number {
    const drawn = this.#unscaled(rng) * this.#scale;
    return this.#power === 0 ? drawn : drawn * Math.pow(1 - rng.float(), this.#power);
  }

  #unscaled(rng: Rng): number {
    const d = this.#d;
    for (;;) {
      const x = normal(rng);
      const root = 1 + this.#c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      const square = x * x;
      const u = 1 - rng.float();
      if (u < 1 - 0.0331 * square * square) return d * v;
      if (Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v))) return d * v;
    }
  }
}

/** One draw of a gamma. */
export function gamma(rng: Rng, parameters: GammaParameters): number {
  return new GammaSampler(parameters).draw(rng);
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
