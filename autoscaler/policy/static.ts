import type { Policy } from './policy.ts';

/** A fixed pool of `workers`: the baseline that every other policy has to beat. */
export class StaticPolicy implements Policy {
  readonly name: string;
  readonly usesClock = false;
  readonly #workers: number;

  constructor(workers: number) {
    this.name = `static-${workers}`;
    this.#workers = workers;
  }

  decide({ observation }: Parameters<Policy['decide']>[0]): ReturnType<Policy['decide']> {
    const workers = observation[4];
    if (workers === this.#workers) return { kind: 'hold', because: `the pool has its ${workers} workers` };
    return {
      kind: 'scale',
      replicas: this.#workers,
      because: `the pool has ${workers} workers and keeps ${this.#workers}`,
    };
  }
}
