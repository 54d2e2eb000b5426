/** The newest values of a series, as many as fit. */
export class LastValues {
  readonly #ring: Float64Array;
  #added = 0;

  constructor(capacity: number) {
    this.#ring = new Float64Array(capacity);
  }

  /** Values held: at most the capacity. */
  get count(): number {
    return Math.min(this.#added, this.#ring.length);
  }

  add(value: number): void {
    this.#ring[this.#added % this.#ring.length] = value;
    this.#added += 1;
  }

  /** `age`: 0 is the newest, count − 1 the oldest. */
  at(age: number): number {
    return this.#ring[(this.#added - 1 - age) % this.#ring.length] ?? NaN;
  }
}
