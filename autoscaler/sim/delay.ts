import { z } from 'zod';
import { normal } from '#shared/distributions.ts';
import { closedObject } from '#shared/parse.ts';
import { notNegative } from '#shared/quantity.ts';
import type { Rng } from '#shared/rng.ts';

const ms = notNegative('a time in ms');

/**
 * How long something takes, ms. `normal` is cut off below `leastMs`; `quantiles` holds the values at equally spaced
 * probabilities from 0 to 1 (the first is the minimum, the last the maximum), straight lines between them: what a
 * measurement leaves.
 */
export const delaySchema = z.discriminatedUnion(
  'kind',
  [
    closedObject({ kind: z.literal('constant'), ms }),
    closedObject({ kind: z.literal('uniform'), lowMs: ms, highMs: ms }),
    closedObject({ kind: z.literal('normal'), meanMs: ms, sdMs: ms, leastMs: ms }),
    closedObject({ kind: z.literal('quantiles'), ms: z.array(ms).min(2, 'expected at least two quantiles') }),
  ],
  'expected a delay of kind constant, uniform, normal or quantiles',
);

export type Delay = z.infer<typeof delaySchema>;

/** Draws one delay again and again. Made once for a run, because the simulator asks it for every task. */
export class DelaySampler {
  readonly #kind: Delay['kind'];
  /** constant: its ms; uniform: low, high − low; normal: mean, sd. */
  readonly #a: number;
  readonly #b: number;
  readonly #least: number;
  readonly #quantiles: Float64Array;

  constructor(delay: Delay) {
    this.#kind = delay.kind;
    this.#least = delay.kind === 'normal' ? delay.leastMs : 0;
    this.#quantiles = Float64Array.from(delay.kind === 'quantiles' ? delay.ms : []);
    [this.#a, this.#b] = coefficients(delay);
  }

  /** One draw, ms. A constant takes nothing from the generator. */
  draw(rng: Rng): number {
    switch (this.#kind) {
      case 'constant':
        return this.#a;
      case 'uniform':
        return this.#a + this.#b * rng.float();
      case 'normal':
        return Math.max(this.#least, this.#a + this.#b * normal(rng));
      case 'quantiles':
        return atShare(this.#quantiles, rng.float());
    }
  }
}

function coefficients(delay: Delay): [number, number] {
  switch (delay.kind) {
    case 'constant':
      return [delay.ms, 0];
    case 'uniform':
      return [delay.lowMs, delay.highMs - delay.lowMs];
    case 'normal':
      return [delay.meanMs, delay.sdMs];
    case 'quantiles':
      return [0, 0];
  }
}

/** The quantile at `share` (0 to 1): at 0.5 of [1, 2, 4] it is 2, at 0.75 it is 3. */
function atShare(quantiles: Float64Array, share: number): number {
  const place = share * (quantiles.length - 1);
  const below = Math.floor(place);
  const low = quantiles[below] ?? 0;
  const high = quantiles[below + 1] ?? low;
  return low + (place - below) * (high - low);
}
