/**
 * One-sided CUSUM for a share that should not fall below what was expected of it:
 *
 *     S = max(0, S + weight · (expected − allowance − seen))         alarm: S ≥ limit
 *
 * Source: Page, Continuous Inspection Schemes, Biometrika 41, 1954; Montgomery, Introduction to Statistical Quality Control,
 * 9.1 (tabular CUSUM). Example, expected 0.99, allowance 0.1: steps at 0.5, 0.5, 0.4 give 0.39, 0.78, 1.27
 * (test/autoscaler/shield/drift.test.ts). Deviation: 1. a step of few tasks counts for less (`weight`).
 */
export class Cusum {
  readonly #least: number;
  #sum = 0;

  constructor({ expected, allowance }: { expected: number; allowance: number }) {
    this.#least = expected - allowance;
  }

  get sum(): number {
    return this.#sum;
  }

  /** `weight`: 0 to 1. */
  add(seen: number, weight: number): void {
    this.#sum = Math.max(0, this.#sum + weight * (this.#least - seen));
  }

  clear(): void {
    this.#sum = 0;
  }
}
