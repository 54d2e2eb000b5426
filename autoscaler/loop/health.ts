import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/log.ts';

/** What the loop depends on. */
export type Part = 'queue' | 'gateway' | 'policy' | 'journal';

export interface Problem {
  /** Farm time, ms since 1970. */
  readonly since: number;
  readonly because: string;
}

/** Remembers what does not work, and logs one line when that changes instead of one each step. */
export class Health {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #problems = new Map<Part, Problem>();

  constructor(parts: { clock: Clock; log: Logger }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  ill(part: Part, error: Error): void {
    const known = this.#problems.get(part);
    this.#problems.set(part, { since: known?.since ?? this.#clock.farmTime(), because: error.message });
    if (known === undefined) this.#log.error({ part, error: error.message }, `${part}: ${error.message}`);
  }

  well(part: Part): void {
    const known = this.#problems.get(part);
    if (known === undefined) return;
    this.#problems.delete(part);
    const seconds = ((this.#clock.farmTime() - known.since) / 1000).toFixed(1);
    this.#log.info({ part }, `${part}: works again after ${seconds} s`);
  }

  problems(): Partial<Record<Part, Problem>> {
    return Object.fromEntries(this.#problems);
  }
}
