const MS_PER_S = 1000;
/** A look that comes a hair before its turn takes it. */
const SLACK_MS = 1;

/**
 * Says when a controller that acts every so many seconds has its turn, whatever the time between looks: turns are at the
 * first look and at whole periods after it, each taken at the first look from then on, and missed ones are not made up.
 *
 * Example, 15 s, looks every 8 s: turns at 0, 16, 32, 48, 64, 80, 96, 112 and 120 s (test/autoscaler/policy/period.test.ts).
 */
export class Period {
  readonly #periodMs: number;
  #firstAt = 0;
  #lastAt = Infinity;
  #turn = 0;

  constructor(periodS: number) {
    this.#periodMs = periodS * MS_PER_S;
  }

  /** `at`: farm time of this look, ms. A clock that went back starts anew. */
  due(at: number): boolean {
    const turn = Math.floor((at - this.#firstAt + SLACK_MS) / this.#periodMs);
    const restarts = at < this.#lastAt;
    this.#lastAt = at;
    if (restarts) {
      this.#firstAt = at;
      this.#turn = 0;
      return true;
    }
    if (turn === this.#turn) return false;
    this.#turn = turn;
    return true;
  }
}
