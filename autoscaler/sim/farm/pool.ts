/**
 * The workers of a simulated farm by what they do, and the integrals of how many there were.
 *
 *     starting ─▶ idle ⇄ busy ─▶ leaving ─▶ gone        idle ─▶ leaving: drained at once
 *
 * `leavers` are busy workers that have been asked to go: the first ones to finish do.
 */
export class Pool {
  desired = 0;
  starting = 0;
  idle = 0;
  busy = 0;
  leaving = 0;
  leavers = 0;
  most = 0;
  #atMs = 0;
  #desiredMs = 0;
  #activeMs = 0;

  /** Begins at 0 ms with `workers` that are ready. */
  begin(workers: number): void {
    this.desired = workers;
    this.starting = 0;
    this.idle = workers;
    this.busy = 0;
    this.leaving = 0;
    this.leavers = 0;
    this.most = workers;
    this.#atMs = 0;
    this.#desiredMs = 0;
    this.#activeMs = 0;
  }

  /** Exist and are paid for. */
  get active(): number {
    return this.starting + this.idle + this.busy + this.leaving;
  }

  /** Can take work now or after the task in hand. */
  get ready(): number {
    return this.idle + this.busy - this.leavers;
  }

  /** Books the time since the last call; to be called before any change of `desired` or `active`. */
  book(nowMs: number): void {
    const elapsed = nowMs - this.#atMs;
    this.#desiredMs += this.desired * elapsed;
    this.#activeMs += this.active * elapsed;
    this.#atMs = nowMs;
  }

  /** Worker-milliseconds booked: wanted, and existing. */
  get desiredMs(): number {
    return this.#desiredMs;
  }

  get activeMs(): number {
    return this.#activeMs;
  }
}
