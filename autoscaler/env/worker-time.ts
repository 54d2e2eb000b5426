/** Workers at one moment, by what they are to whoever pays. */
export interface WorkerCount {
  readonly desired: number;
  readonly active: number;
  readonly parked: number;
}

/** Integrates numbers of workers over time: 2 for 10 s, then 4 for 10 s, are 60 worker-seconds. Time in ms. */
export class WorkerTime {
  #sinceMs: number;
  #count: WorkerCount;
  #total: WorkerCount = { desired: 0, active: 0, parked: 0 };

  constructor(atMs: number, count: WorkerCount) {
    this.#sinceMs = atMs;
    this.#count = count;
  }

  /** From `atMs` on there are so many; what is left out stays as it was. */
  see(atMs: number, change: Partial<WorkerCount>): void {
    const seconds = Math.max(0, atMs - this.#sinceMs) / 1000;
    this.#total = {
      desired: this.#total.desired + this.#count.desired * seconds,
      active: this.#total.active + this.#count.active * seconds,
      parked: this.#total.parked + this.#count.parked * seconds,
    };
    this.#sinceMs = Math.max(atMs, this.#sinceMs);
    this.#count = { ...this.#count, ...change };
  }

  /** Worker-seconds until the last moment that was seen. */
  get workerSeconds(): WorkerCount {
    return this.#total;
  }
}
