/**
 * Lets `limit` replicas at a time through their start-up, in the order in which they came. Starting a process is CPU work;
 * thirty at once would starve each other and the heartbeats of those that already work.
 */
export class StartGate {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Resolves to the function that gives the place back (idempotent), or to null once `signal` aborts. */
  async enter(signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    if (this.#free > 0) {
      this.#free -= 1;
      return this.#leaveOnce();
    }
    return await new Promise((resolve) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(this.#leaveOnce());
      };
      const giveUp = (): void => {
        this.#queue.splice(this.#queue.indexOf(admit), 1);
        resolve(null);
      };
      this.#queue.push(admit);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  #leaveOnce(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#queue.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
