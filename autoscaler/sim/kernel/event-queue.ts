/** 2^48: ranks below stay exact in a double for 32 kinds. */
const SEQUENCES = 0x1000000000000;

/**
 * The discrete-event kernel's future: events in order of (time, priority, sequence), so that two runs with one seed take
 * every tie the same way. An event's kind is its priority: of two at one time the lower kind comes first, and of two of one
 * kind the one pushed first. A binary heap over columns, which allocates nothing once it has grown.
 * Source: simpy's `Environment.schedule`, which orders by the same triple.
 */
export class EventQueue {
  #at: Float64Array;
  /** kind · 2^48 + sequence: one number that compares as the pair does. */
  #rank: Float64Array;
  #subject: Int32Array;
  #size = 0;
  #sequence = 0;

  constructor(capacity = 64) {
    this.#at = new Float64Array(capacity);
    this.#rank = new Float64Array(capacity);
    this.#subject = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Time of the next event; Infinity when there is none. */
  get nextAt(): number {
    return this.#size === 0 ? Infinity : (this.#at[0] ?? Infinity);
  }

  /** Kind of the next event. Means nothing when there is none, as does `nextSubject`. */
  get nextKind(): number {
    return ((this.#rank[0] ?? 0) / SEQUENCES) | 0;
  }

  get nextSubject(): number {
    return this.#subject[0] ?? 0;
  }

  clear(): void {
    this.#size = 0;
    this.#sequence = 0;
  }

  /** `kind`: 0 to 31; `subject`: whom it concerns, a 32-bit integer. */
  push(at: number, kind: number, subject: number): void {
    if (this.#size === this.#at.length) this.#grow();
    const rank = kind * SEQUENCES + this.#sequence;
    this.#sequence += 1;
    const ats = this.#at;
    const ranks = this.#rank;
    const subjects = this.#subject;
    let slot = this.#size;
    this.#size += 1;
    while (slot > 0) {
      const parent = (slot - 1) >> 1;
      const parentAt = ats[parent] ?? 0;
      if (parentAt < at || (parentAt === at && (ranks[parent] ?? 0) < rank)) break;
      ats[slot] = parentAt;
      ranks[slot] = ranks[parent] ?? 0;
      subjects[slot] = subjects[parent] ?? 0;
      slot = parent;
    }
    ats[slot] = at;
    ranks[slot] = rank;
    subjects[slot] = subject;
  }

  /** Removes the next event. */
  drop(): void {
    const last = this.#size - 1;
    this.#size = last;
    if (last > 0) this.#sink(this.#at[last] ?? 0, this.#rank[last] ?? 0, this.#subject[last] ?? 0);
  }

  /** Removes the next event and pushes another one: a worker that finishes and starts again. */
  replace(at: number, kind: number, subject: number): void {
    const rank = kind * SEQUENCES + this.#sequence;
    this.#sequence += 1;
    this.#sink(at, rank, subject);
  }

  /** Lets an event take the root's place and sink to where it belongs. */
  #sink(at: number, rank: number, subject: number): void {
    const ats = this.#at;
    const ranks = this.#rank;
    const subjects = this.#subject;
    const size = this.#size;
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= size) break;
      let childAt = ats[child] ?? 0;
      const right = child + 1;
      if (right < size) {
        const rightAt = ats[right] ?? 0;
        if (rightAt < childAt || (rightAt === childAt && (ranks[right] ?? 0) < (ranks[child] ?? 0))) {
          child = right;
          childAt = rightAt;
        }
      }
      if (at < childAt || (at === childAt && rank < (ranks[child] ?? 0))) break;
      ats[slot] = childAt;
      ranks[slot] = ranks[child] ?? 0;
      subjects[slot] = subjects[child] ?? 0;
      slot = child;
    }
    ats[slot] = at;
    ranks[slot] = rank;
    subjects[slot] = subject;
  }

  #grow(): void {
    const capacity = 2 * this.#at.length;
    const at = new Float64Array(capacity);
    const rank = new Float64Array(capacity);
    const subject = new Int32Array(capacity);
    at.set(this.#at);
    rank.set(this.#rank);
    subject.set(this.#subject);
    this.#at = at;
    this.#rank = rank;
    this.#subject = subject;
  }
}
