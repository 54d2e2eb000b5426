import { SECOND, type Clock } from '#shared/clock.ts';

/** Counts the tasks that end, and knows when the last one did. */
export class EndCounter {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #total = 0;
  #lastAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastAt = clock.monotonic();
  }

  get total(): number {
    return this.#total;
  }

  readonly count = (tasks: number): void => {
    this.#total += tasks;
    this.#lastAt = this.#clock.monotonic();
    for (const wake of this.#waiting) wake();
  };

  /** Resolves as soon as `total` tasks have ended, or at once when `signal` aborts. */
  async reach(total: number, signal: AbortSignal): Promise<void> {
    if (this.#total >= total || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#total < total && !signal.aborted) return;
        this.#waiting.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', look);
    });
  }

  /** Begins a stretch at the last end so far; the function that it returns closes it at the last end until then. */
  stretch(): () => { tasks: number; tasksPerS: number } {
    const from = { total: this.#total, at: this.#lastAt };
    return () => {
      const tasks = this.#total - from.total;
      return { tasks, tasksPerS: (tasks / (this.#lastAt - from.at)) * SECOND };
    };
  }
}
