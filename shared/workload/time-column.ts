const FIRST_CAPACITY = 2048;

/** A column of times (ms) that grows: a list of numbers without one object or copy a push. */
export class TimeColumn {
  #values = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The column itself: longer than `count`, and replaced by a longer one when it grows. */
  get values(): Float64Array {
    return this.#values;
  }

  push(ms: number): void {
    if (this.#count === this.#values.length) this.#grow();
    this.#values[this.#count] = ms;
    this.#count += 1;
  }

  clear(): void {
    this.#count = 0;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }
}
