import type { Demand } from '#shared/queue/claim-rule.ts';

/** Work that a worker may take ahead of itself, ms: what a task may wait in its hands for those before it. */
export const AHEAD_MS = 10;
/** Service times that are remembered. */
const REMEMBERED = 64;
/** With fewer than so many nothing is taken ahead. */
const ENOUGH = 8;

export interface Room {
  /** Tasks that can be begun at once. */
  readonly free: number;
  /** Tasks that it runs at once, at most (worker.concurrency). */
  readonly concurrency: number;
  /** Tasks that it takes at once, at most (worker.prefetch). */
  readonly prefetch: number;
  /** The longest service time of late, ms; null when too few are known. */
  readonly serviceMs: number | null;
}

/**
 * How many tasks a worker asks for: as many as it can begin, and more only where a whole claim is AHEAD_MS of work, by the
 * longest service time of late. So a worker of tasks that last longer than 5 ms takes none ahead. What it is given is the
 * queue's to say: a share of what waits, and nothing that would be late here (shared/queue/claim-rule.ts).
 * One at a time, prefetch 16: 0.1 ms → 16, 2 ms → 5, 4 ms → 2, 6 ms → 1, unknown → 1 (test/functions/worker/prefetch.test.ts).
 */
export function demandOf({ free, concurrency, prefetch, serviceMs }: Room): Demand {
  if (free === 0 || serviceMs === null) return { most: free };
  const most = Math.max(free, Math.min(prefetch, Math.floor((AHEAD_MS * concurrency) / serviceMs)));
  return most === free ? { most } : { most, stepMs: serviceMs / concurrency };
}

/** The service times of the last tasks, whatever their kind: nobody knows a task's kind before it is claimed. */
export class ServiceTimes {
  readonly #times: number[] = [];
  #next = 0;

  add(serviceMs: number): void {
    this.#times[this.#next] = serviceMs;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Null while too few are known. */
  get longest(): number | null {
    return this.#times.length < ENOUGH ? null : Math.max(...this.#times);
  }
}
