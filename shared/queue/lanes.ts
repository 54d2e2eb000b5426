import { LANES, MOST_MOVES, bucketEnd, dueAt, findPlace, type DispatchRule, type Place } from './lane-rule.ts';

/** When a task must be started and collected, ms on the clock that `now` is of. */
export interface Due {
  readonly latestStart: number;
  readonly deadlineAt: number;
}

/** The lists after the last lane. */
const LINE = LANES;
const FRONT = LANES + 1;
const NOBODY = -1;
const OCCUPIED_WORDS = Math.ceil(LANES / 32);

/**
 * The waiting tasks and which is next. The one statement of the rule in TypeScript: the simulator's line and the queue in
 * memory stand on it, lua/lanes.lua says the same for Redis, and a property test plays both
 * (test/shared/queue/lanes.test.ts).
 *
 * - `fifo`: every task stands in the line.
 * - `lanes`: a task that can still be in time stands in the lane of its bucket, a late one in the line.
 *
 * A task that comes back without having been worked on to its end stands in front of all lanes if it can still be in time, else
 * at the head of the line.
 *
 * A claim serves the line's head when it is the turn of those, else the head of the front, else that of the lane whose bucket
 * begins first, else the line's head. A lane's head that turns out to be late goes to the tail of the line, so each task is late
 * once. What stands behind it in a lane whose bucket has passed, though it is in time, came when that was the lane of later
 * tasks already, and goes where it belongs.
 *
 * Tasks are numbers from 0; what is known of them stands in columns. Nothing is allocated for a task.
 */
export class Lanes {
  readonly #rule: DispatchRule;
  readonly #place: Place = { lane: 0, bucketAt: 0 };
  readonly #heads = new Int32Array(LANES + 2).fill(NOBODY);
  readonly #tails = new Int32Array(LANES + 2).fill(NOBODY);
  /** When each lane's bucket begins; Infinity when nobody stands in it. */
  readonly #bucketsAt = new Float64Array(LANES).fill(Infinity);
  /** A bit for each lane in which somebody stands. */
  readonly #occupied = new Int32Array(OCCUPIED_WORDS);
  #next = new Int32Array(64);
  #latestStart = new Float64Array(64);
  #dueAt = new Float64Array(64);
  #size = 0;
  #claims = 0;

  constructor(rule: DispatchRule) {
    this.#rule = rule;
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#heads.fill(NOBODY);
    this.#tails.fill(NOBODY);
    this.#bucketsAt.fill(Infinity);
    this.#occupied.fill(0);
    this.#size = 0;
    this.#claims = 0;
  }

  /** A task comes, or comes back after a failure: to the tail of its list. */
  push(task: number, due: Due, now: number): void {
    this.#know(task, due);
    this.#enter(task, now);
  }

  /** A task comes back that was taken and not worked on to its end: before all that can still be in time, if it can. */
  giveBack(task: number, due: Due, now: number): void {
    this.#know(task, due);
    this.#size += 1;
    this.#prepend(task, this.#isLate(task, now) || this.#rule.dispatch === 'fifo' ? LINE : FRONT);
  }

  /** Undoes the `take` that gave it just now: that was no claim. */
  putBack(task: number, due: Due, now: number): void {
    this.#claims -= 1;
    this.giveBack(task, due, now);
  }

  /** Takes the next task at `now`. Only when size > 0. */
  take(now: number): number {
    this.#claims += 1;
    this.#size -= 1;
    const theirTurn = this.#claims % this.#rule.lateEvery === 0 && this.#heads[LINE] !== NOBODY;
    return this.#pop(theirTurn ? LINE : this.#nextList(now));
  }

  /** The head that must start first: of all that are at a head, the one with the least latest start. Only when size > 0. */
  mostUrgentHead(): number {
    let urgent = NOBODY;
    for (const task of this.#heads) {
      if (task !== NOBODY && (urgent === NOBODY || this.#latestStartOf(task) < this.#latestStartOf(urgent)))
        urgent = task;
    }
    return urgent;
  }

  #nextList(now: number): number {
    let lane = this.#firstLane();
    if (lane !== LINE && !this.#isLate(this.#heads[lane] ?? NOBODY, now)) return lane;
    for (let moves = 0; lane !== LINE && moves < MOST_MOVES; moves += 1) {
      if (!this.#putRight(lane, now)) return lane;
      lane = this.#firstLane();
    }
    return this.#heads[LINE] === NOBODY ? lane : LINE;
  }

  /** Whether the lane's head stood wrongly, and stands where it belongs now. */
  #putRight(lane: number, now: number): boolean {
    const task = this.#heads[lane] ?? NOBODY;
    if (this.#isLate(task, now)) {
      this.#append(this.#pop(lane), LINE);
      return true;
    }
    if (lane === FRONT || bucketEnd(lane, this.#bucketsAt[lane] ?? 0) > now) return false;
    findPlace(this.#dueAt[task] ?? 0, now, this.#place);
    const { lane: own, bucketAt } = this.#place;
    if (own === lane) this.#begin(lane, bucketAt);
    else {
      this.#append(this.#pop(lane), own);
      this.#occupy(own, bucketAt);
    }
    return true;
  }

  /** The front, or the lane whose bucket begins first; LINE when all are empty. */
  #firstLane(): number {
    if (this.#heads[FRONT] !== NOBODY) return FRONT;
    let first = LINE;
    let firstAt = Infinity;
    for (let word = 0; word < OCCUPIED_WORDS; word += 1) {
      // From the lowest bit up, so that of two buckets that begin at once the lower lane's comes first.
      for (let bits = this.#occupied[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const lane = 32 * word + 31 - Math.clz32(bits & -bits);
        const at = this.#bucketsAt[lane] ?? Infinity;
        if (at < firstAt) {
          first = lane;
          firstAt = at;
        }
      }
    }
    return first;
  }

  #enter(task: number, now: number): void {
    this.#size += 1;
    let list = LINE;
    if (this.#rule.dispatch === 'lanes' && !this.#isLate(task, now)) {
      findPlace(this.#dueAt[task] ?? 0, now, this.#place);
      list = this.#place.lane;
      this.#occupy(list, this.#place.bucketAt);
    }
    this.#append(task, list);
  }

  /** An empty lane takes the bucket; another keeps its own, which is the same or one that has passed. */
  #occupy(lane: number, bucketAt: number): void {
    if (this.#bucketsAt[lane] === Infinity) this.#begin(lane, bucketAt);
  }

  #begin(lane: number, bucketAt: number): void {
    this.#bucketsAt[lane] = bucketAt;
    this.#occupied[lane >> 5] = (this.#occupied[lane >> 5] ?? 0) | (1 << (lane & 31));
  }

  #vacate(lane: number): void {
    this.#bucketsAt[lane] = Infinity;
    this.#occupied[lane >> 5] = (this.#occupied[lane >> 5] ?? 0) & ~(1 << (lane & 31));
  }

  #append(task: number, list: number): void {
    const last = this.#tails[list] ?? NOBODY;
    this.#next[task] = NOBODY;
    this.#tails[list] = task;
    if (last === NOBODY) this.#heads[list] = task;
    else this.#next[last] = task;
  }

  #prepend(task: number, list: number): void {
    const first = this.#heads[list] ?? NOBODY;
    this.#next[task] = first;
    this.#heads[list] = task;
    if (first === NOBODY) this.#tails[list] = task;
  }

  #pop(list: number): number {
    const task = this.#heads[list] ?? NOBODY;
    const next = this.#next[task] ?? NOBODY;
    this.#heads[list] = next;
    if (next === NOBODY) {
      this.#tails[list] = NOBODY;
      if (list < LANES) this.#vacate(list);
    }
    return task;
  }

  #isLate(task: number, now: number): boolean {
    return this.#latestStartOf(task) < now;
  }

  #latestStartOf(task: number): number {
    return this.#latestStart[task] ?? 0;
  }

  #know(task: number, { latestStart, deadlineAt }: Due): void {
    if (task >= this.#next.length) this.#grow(task + 1);
    this.#latestStart[task] = latestStart;
    this.#dueAt[task] = dueAt(latestStart, deadlineAt);
  }

  #grow(tasks: number): void {
    const length = Math.max(tasks, 2 * this.#next.length);
    const [next, latestStart, due] = [this.#next, this.#latestStart, this.#dueAt];
    this.#next = new Int32Array(length);
    this.#latestStart = new Float64Array(length);
    this.#dueAt = new Float64Array(length);
    this.#next.set(next);
    this.#latestStart.set(latestStart);
    this.#dueAt.set(due);
  }
}
