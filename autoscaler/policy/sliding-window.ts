const MS_PER_S = 1000;

/** What was seen in the last seconds. */
export class SlidingWindow {
  readonly #lengthMs: number;
  #samples: { readonly at: number; readonly value: number }[] = [];

  constructor(lengthS: number) {
    this.#lengthMs = lengthS * MS_PER_S;
  }

  /** `at`: farm time, ms. Drops what is as old as the window, and what a clock that went back has put into the future. */
  add(at: number, value: number): void {
    this.#samples = this.#samples.filter((sample) => sample.at > at - this.#lengthMs && sample.at <= at);
    this.#samples.push({ at, value });
  }

  /** Of all samples alike; the newest is always among them. */
  get mean(): number {
    let sum = 0;
    for (const { value } of this.#samples) sum += value;
    return sum / this.#samples.length;
  }
}
