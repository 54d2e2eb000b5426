/**
 * Seeds of training and of judging never meet, by construction: the one half of the seeds is for the one, the other for the
 * other (test/autoscaler/run/seeds.test.ts).
 */
const HALF = 2 ** 30;

/** Seeds of one training run are consecutive; runs with other bases start this far apart, so that they rarely share any. */
const RUN_STRIDE = 1_000_003;

/** The environment's seed of a training episode: 2^30 to 2^31 − 1. `base`: the training's own seed; `index` from 0. */
export function trainingSeed(base: number, index: number): number {
  return HALF + ((base * RUN_STRIDE + index) % HALF);
}

/** The environment's seed for judging: 0 to 2^30 − 1. `base` 42 and index 3 are episode 45. */
export function heldOutSeed(base: number, index: number): number {
  return (base + index) % HALF;
}
