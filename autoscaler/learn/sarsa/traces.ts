export type TraceKind = 'accumulating' | 'replacing';

/**
 * Eligibility traces: how much each cell of the table has to do with what happens now (Sutton & Barto, 2nd ed., §12.2 and
 * §12.5). Only those over the threshold are kept: with λ 0.5 and γ 0.985 that is the last 17 steps.
 */
export class Traces {
  readonly #kind: TraceKind;
  readonly #threshold: number;
  /** Parallel; the first `#size` are in use. */
  #cells = new Int32Array(32);
  #weights = new Float64Array(32);
  #size = 0;

  constructor(kind: TraceKind, threshold: number) {
    this.#kind = kind;
    this.#threshold = threshold;
  }

  get size(): number {
    return this.#size;
  }

  cell(index: number): number {
    return this.#cells[index] ?? 0;
  }

  weight(index: number): number {
    return this.#weights[index] ?? 0;
  }

  /** Marks a cell as just visited: its trace grows by 1 (accumulating) or becomes 1 (replacing). */
  visit(cell: number): void {
    let at = 0;
    while (at < this.#size && this.#cells[at] !== cell) at += 1;
    if (at === this.#size) this.#append(cell);
    this.#weights[at] = this.#kind === 'replacing' ? 1 : this.weight(at) + 1;
  }

  /** Lets all traces fade by `factor` (γλ) and forgets those below the threshold. */
  decay(factor: number): void {
    let kept = 0;
    for (let at = 0; at < this.#size; at += 1) {
      const weight = this.weight(at) * factor;
      if (weight === 0 || weight < this.#threshold) continue;
      this.#cells[kept] = this.cell(at);
      this.#weights[kept] = weight;
      kept += 1;
    }
    this.#size = kept;
  }

  clear(): void {
    this.#size = 0;
  }

  #append(cell: number): void {
    if (this.#size === this.#cells.length) {
      const cells = new Int32Array(this.#size * 2);
      const weights = new Float64Array(this.#size * 2);
      cells.set(this.#cells);
      weights.set(this.#weights);
      this.#cells = cells;
      this.#weights = weights;
    }
    this.#cells[this.#size] = cell;
    this.#weights[this.#size] = 0;
    this.#size += 1;
  }
}
