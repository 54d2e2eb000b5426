import { countByQuartile, type ByQuartile, type QuartileEdges } from './quartiles.ts';

/** What was collected within a window, in the units of a queue reading. */
export interface WindowFigures {
  readonly count: number;
  readonly met: number;
  readonly meanSojournMs: number;
  readonly maxSojournMs: number;
  readonly meanServiceMs: number;
}

/** The collector's side of the farm: results in the order in which they are collected, and the counts of them. */
export class Collected {
  #at = new Float64Array(0);
  #sojourn = new Float64Array(0);
  #service = new Float64Array(0);
  #met = new Uint8Array(0);
  /** Results handed over; those up to #seen have been collected by the time of the last look. */
  #handed = 0;
  #seen = 0;
  #metSeen = 0;

  clear(capacity: number): void {
    if (this.#at.length < capacity) {
      this.#at = new Float64Array(capacity);
      this.#sojourn = new Float64Array(capacity);
      this.#service = new Float64Array(capacity);
      this.#met = new Uint8Array(capacity);
    }
    this.#handed = 0;
    this.#seen = 0;
    this.#metSeen = 0;
  }

  /** Results handed over by workers, collected or not. */
  get handed(): number {
    return this.#handed;
  }

  /** Collected by the time of the last look. */
  get count(): number {
    return this.#seen;
  }

  get met(): number {
    return this.#metSeen;
  }

  /** One result; the collector takes them one after the other, so none is collected before its predecessor. */
  hand(result: { collectAt: number; generatedAt: number; deadlineAt: number; serviceMs: number }): void {
    const i = this.#handed;
    const at = i === 0 ? result.collectAt : Math.max(result.collectAt, this.#at[i - 1] ?? 0);
    this.#at[i] = at;
    this.#sojourn[i] = at - result.generatedAt;
    this.#service[i] = result.serviceMs;
    this.#met[i] = at <= result.deadlineAt ? 1 : 0;
    this.#handed = i + 1;
  }

  /** Moves on to `nowMs`, which never goes back. */
  look(nowMs: number): void {
    let i = this.#seen;
    let met = this.#metSeen;
    while (i < this.#handed && (this.#at[i] ?? Infinity) <= nowMs) {
      met += this.#met[i] ?? 0;
      i += 1;
    }
    this.#seen = i;
    this.#metSeen = met;
  }

  /** Figures of what was collected after `fromMs`, up to the last look. */
  since(fromMs: number): WindowFigures {
    let count = 0;
    let met = 0;
    let sojourn = 0;
    let longest = 0;
    let service = 0;
    for (let i = this.#seen - 1; i >= 0 && (this.#at[i] ?? 0) > fromMs; i -= 1) {
      const ms = this.#sojourn[i] ?? 0;
      count += 1;
      met += this.#met[i] ?? 0;
      sojourn += ms;
      if (ms > longest) longest = ms;
      service += this.#service[i] ?? 0;
    }
    const per = Math.max(1, count);
    return { count, met, meanSojournMs: sojourn / per, maxSojournMs: longest, meanServiceMs: service / per };
  }

  /** Collected in time by the last look, for each quarter of service times. */
  metByQuartile(edges: QuartileEdges): ByQuartile {
    return countByQuartile({ serviceMs: this.#service, count: this.#seen, edges, counted: this.#met });
  }

  /** When the last result handed over is collected; 0 when there is none. */
  get lastAt(): number {
    return this.#handed === 0 ? 0 : (this.#at[this.#handed - 1] ?? 0);
  }
}
