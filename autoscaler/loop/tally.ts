import type { Decision } from './decision.ts';

/** What `GET /episodes/current` counts. */
export interface TallyReading {
  /** Decisions made. */
  readonly steps: number;
  /** Steps whose moment passed while an earlier one was still at work. */
  readonly skipped: number;
  /** Decisions by what they changed; one that still drains counts when it ends. */
  readonly scaling: { readonly up: number; readonly down: number; readonly noop: number };
  readonly drains: { readonly drained: number; readonly withdrawn: number };
  /** Replicas that exist, starting and draining ones included: the mean over time, the most, and now. Null: never seen. */
  readonly workers: { readonly mean: number | null; readonly max: number | null; readonly now: number | null };
}

/** Counts of one episode. Time is monotonic ms. */
export class Tally {
  #steps = 0;
  #skipped = 0;
  readonly #scaling = { up: 0, down: 0, noop: 0 };
  readonly #drains = { drained: 0, withdrawn: 0 };
  #first: { readonly atMs: number } | null = null;
  #last: { readonly atMs: number; readonly workers: number } | null = null;
  #workerMs = 0;
  #max = 0;

  /** A number of workers holds until the next one is seen: 2 for 10 s, then 4 for 10 s, have the mean 3. */
  see(atMs: number, workers: number): void {
    if (this.#last !== null) this.#workerMs += this.#last.workers * (atMs - this.#last.atMs);
    this.#first ??= { atMs };
    this.#last = { atMs, workers };
    this.#max = Math.max(this.#max, workers);
  }

  step(): number {
    this.#steps += 1;
    return this.#steps;
  }

  skip(steps: number): void {
    this.#skipped += steps;
  }

  /** Counts a decision that has ended. */
  end({ outcome, drained, withdrawn }: Pick<Decision, 'outcome' | 'drained' | 'withdrawn'>): void {
    this.#scaling[outcome === 'up' || outcome === 'down' ? outcome : 'noop'] += 1;
    this.#drains.drained += drained;
    this.#drains.withdrawn += withdrawn;
  }

  read(nowMs: number): TallyReading {
    return {
      steps: this.#steps,
      skipped: this.#skipped,
      scaling: { ...this.#scaling },
      drains: { ...this.#drains },
      workers:
        this.#first === null || this.#last === null
          ? { mean: null, max: null, now: null }
          : { mean: this.#mean(nowMs, this.#first.atMs, this.#last), max: this.#max, now: this.#last.workers },
    };
  }

  #mean(nowMs: number, firstMs: number, last: { atMs: number; workers: number }): number {
    if (nowMs <= firstMs) return last.workers;
    return (this.#workerMs + last.workers * (nowMs - last.atMs)) / (nowMs - firstMs);
  }
}
