/** What the charts draw, in fixed memory: for each range 600 buckets, however long the page is open. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The ranges that can be shown. */
export const RANGES = [
  { name: '5 min', ms: 5 * MINUTE },
  { name: '30 min', ms: 30 * MINUTE },
  { name: '3 h', ms: 180 * MINUTE },
  { name: '24 h', ms: 1_440 * MINUTE },
];

const BUCKETS = 600;

/**
 * Buckets of equal width, the newest 600 that hold anything. A bucket keeps the lowest and the highest value of each series
 * and which of them came first, so that a spike of one step survives in a day's chart (min/max decimation).
 */
class Ring {
  constructor(widthMs, names) {
    this.widthMs = widthMs;
    this.names = names;
    this.at = new Float64Array(BUCKETS);
    this.low = names.map(() => new Float64Array(BUCKETS));
    this.high = names.map(() => new Float64Array(BUCKETS));
    this.fell = names.map(() => new Uint8Array(BUCKETS));
    this.first = 0;
    this.length = 0;
  }

  add(at, values) {
    const bucket = Math.floor(at / this.widthMs) * this.widthMs;
    const newest = this.length === 0 ? -1 : (this.first + this.length - 1) % BUCKETS;
    if (newest >= 0 && this.at[newest] >= bucket) this.#widen(newest, values);
    else this.#push(bucket, values);
  }

  #push(bucket, values) {
    const slot = (this.first + this.length) % BUCKETS;
    if (this.length === BUCKETS) this.first = (this.first + 1) % BUCKETS;
    else this.length += 1;
    this.at[slot] = bucket;
    this.names.forEach((name, i) => {
      const value = values[name] ?? NaN;
      this.low[i][slot] = value;
      this.high[i][slot] = value;
      this.fell[i][slot] = 0;
    });
  }

  #widen(slot, values) {
    this.names.forEach((name, i) => {
      const value = values[name] ?? NaN;
      if (Number.isNaN(value)) return;
      if (!(this.low[i][slot] <= value)) {
        this.fell[i][slot] = 1;
        this.low[i][slot] = value;
      }
      if (!(this.high[i][slot] >= value)) {
        this.fell[i][slot] = 0;
        this.high[i][slot] = value;
      }
    });
  }

  /** Times in s and a column for each of `names`; null where nothing is known. Two points a bucket, one for a single value. */
  columns(names, fromMs) {
    const chosen = names.map((name) => this.names.indexOf(name));
    const columns = [[], ...names.map(() => [])];
    for (let n = 0; n < this.length; n += 1) {
      const slot = (this.first + n) % BUCKETS;
      if (this.at[slot] < fromMs - this.widthMs) continue;
      this.#emit(slot, chosen, columns);
    }
    return columns;
  }

  #emit(slot, chosen, [times, ...columns]) {
    const spread = chosen.some((i) => this.low[i][slot] < this.high[i][slot]);
    times.push(this.at[slot] / SECOND);
    if (spread) times.push((this.at[slot] + this.widthMs / 2) / SECOND);
    chosen.forEach((i, c) => {
      const fell = this.fell[i][slot] === 1;
      columns[c].push(known((fell ? this.high : this.low)[i][slot]));
      if (spread) columns[c].push(known((fell ? this.low : this.high)[i][slot]));
    });
  }
}

const known = (value) => (Number.isNaN(value) ? null : value);

/** A day of samples at any rate. Samples come in order of time; an older one counts as of the newest bucket. */
export class History {
  #rings;
  #names;
  #firstAt = 0;
  #lastAt = 0;
  #usualMs = Infinity;

  /** @param names the series that a sample may have. */
  constructor(names) {
    this.#names = names;
    this.#rings = new Map(RANGES.map(({ ms }) => [ms, new Ring(ms / BUCKETS, names)]));
  }

  /** Farm time of the newest sample, ms; 0 before the first. */
  get lastAt() {
    return this.#lastAt;
  }

  /** What a chart of that range spans, farm time in ms: not more than is known, but a minute at least. */
  span(rangeMs) {
    const known = Math.max(this.#lastAt - this.#firstAt, MINUTE);
    return { from: this.#lastAt - Math.min(rangeMs, known), to: this.#lastAt };
  }

  /** @param at farm time, ms. @param values by name; what is missing is unknown. */
  add(at, values) {
    const passed = at - this.#lastAt;
    if (passed <= 0) return;
    // Nobody looked for a while: the line is broken instead of drawn across.
    if (this.#lastAt > 0 && passed > 4 * this.#usualMs + SECOND) this.#addToAll(this.#lastAt + passed / 2, {});
    if (this.#lastAt > 0) this.#usualMs = Math.min(passed, this.#usualMs * 1.5);
    if (this.#firstAt === 0) this.#firstAt = at;
    this.#lastAt = at;
    this.#addToAll(at, values);
  }

  #addToAll(at, values) {
    for (const ring of this.#rings.values()) ring.add(at, values);
  }

  /** @param names columns wanted. @param rangeMs one of RANGES. */
  columns(names, rangeMs) {
    for (const name of names) if (!this.#names.includes(name)) throw new RangeError(`no series ${name}`);
    return this.#rings.get(rangeMs).columns(names, this.#lastAt - rangeMs);
  }
}
