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

  float(): number {
    const high = this.#next32() >>> 5;
    const low = this.#next32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  int(n: number): number {
    return Math.floor(this.float() * n);
  }

  /** A fork depends on the seed and the labels on the way to it, not on how many numbers were drawn before. */
  fork(label: string): Rng {
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
