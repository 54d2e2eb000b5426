import type { Clock } from '#shared/clock.ts';
import type { QueueObserver } from '#shared/queue/observe.ts';

const LOOK_EVERY_MS = 100;
/** Tasks for each worker that may wait: enough to keep all busy, and so few that a task's wait says something about recovery. */
const WAITING_PER_WORKER = 10;
const WINDOW_MS = 1_000;

/**
 * Says how many tasks may have been submitted by now: as the schedule goes on, and never so fast that a line grows. While Redis
 * does not answer, no more.
 */
export class Pacer {
  readonly #parts: { observer: QueueObserver; workers: number; clock: Clock };
  #budget = 0;

  constructor(parts: { observer: QueueObserver; workers: number; clock: Clock }) {
    this.#parts = parts;
  }

  /** @param share of the schedule that is over, 0 to 1 and above */
  allowed(tasks: number, share: number): number {
    return Math.min(tasks, tasks * share, this.#budget);
  }

  /** Looks at the queue until `signal` aborts. @param attempted how many tasks were submitted so far */
  async run(attempted: () => number, signal: AbortSignal): Promise<void> {
    const { observer, workers, clock } = this.#parts;
    while (!signal.aborted) {
      const before = attempted();
      const reading = await observer.read(WINDOW_MS).catch(() => null);
      if (reading !== null) this.#budget = before + WAITING_PER_WORKER * workers - reading.input - reading.waiting;
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }
}
