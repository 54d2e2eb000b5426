/**
 * Chance comes in through here and nowhere else. Every consumer (arrivals, service times, exploration, identifiers) takes
 * a fork of its own, so that one more draw in one of them does not move the others.
 */
export interface Rng {
  /** Uniform in [0, 1) with 53 random bits. */
  float(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** An independent stream named by `label`; depends on the seed and the label only. */
  fork(label: string): Rng;
}

/** FNV-1a over UTF-16 code units, 32 bits: spreads a label or seed over the generator's state. */
function hash32(text: string, basis: number): number {
  let hash = basis >>> 0;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** A generator at one moment of its stream, as plain data. */
export interface SavedRng {
  readonly lineage: string;
  /** a, b, c and the counter, each a signed 32-bit integer. */
  readonly state: readonly [number, number, number, number];
}

/**
 * sfc32, Chris Doty-Humphrey's Small Fast Chaotic generator (PractRand 0.94, `sfc32`): 128 bits of state with a counter,
 * period at least 2^32. Chosen against d3-random (oracle in tests), pure-rand and seedrandom in docs/adr/0003-rng.md.
 */
export class Sfc32 implements Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  readonly #lineage: string;

  /** The same seed gives the same bytes on every machine. A number and its decimal text are the same seed. */
  constructor(seed: number | string) {
    this.#lineage = String(seed);
    this.#a = hash32(this.#lineage, 0x811c9dc5);
    this.#b = hash32(this.#lineage, 0x9e3779b9);
    this.#c = hash32(this.#lineage, 0x85ebca6b);
    for (let i = 0; i < 15; i += 1) this.#next32();
  }

  /** Two turns of the generator, written out: it is the simulator's innermost loop, and this is twice as fast as two calls. */
  float(): number {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    const counter = this.#counter;
    const high = (a + b + counter) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + high) | 0;
    const low = (a + b + counter + 1) | 0;
    this.#a = b ^ (b >>> 9);
    this.#b = (c + (c << 3)) | 0;
    this.#c = (((c << 21) | (c >>> 11)) + low) | 0;
    this.#counter = (counter + 2) | 0;
    return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000;
  }

  /** The stream from here on, for a checkpoint. */
  save(): SavedRng {
    return { lineage: this.#lineage, state: [this.#a, this.#b, this.#c, this.#counter] };
  }

  /** Goes on where `saved` was: the next numbers, and all forks, are the same. */
  static restore({ lineage, state }: SavedRng): Sfc32 {
    const rng = new Sfc32(lineage);
    [rng.#a, rng.#b, rng.#c, rng.#counter] = state;
    return rng;
  }

  int(n: number): number {
    return Math.floor(this.float() * n);
  }

  /** A fork depends on the seed and the labels on the way to it, not on how many numbers were drawn before. */
  fork(label: string): Sfc32 {
    return new Sfc32(`${this.#lineage}/${label}`);
  }

  #next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }
}

/** A seed that nobody chose: for identifiers and jitter outside anything that must repeat. */
export function entropySeed(): string {
  return crypto.randomUUID();
}
