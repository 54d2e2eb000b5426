import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { RunDesk } from './run-desk.ts';
import type { JobReport } from './run-job.ts';

export interface ReportParts {
  readonly desk: Pick<RunDesk, 'report'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Between two writes: a thousand episodes a second are no reason for a thousand writes. */
const PAUSE_MS = 0.2 * SECOND;

/** A run's reports on their way to Redis: one write at a time, and what comes meanwhile goes with the next one. */
export class ReportsOnTheWay {
  readonly #parts: ReportParts;
  readonly #run: string;
  #waiting: JobReport[] = [];
  readonly #ended = new AbortController();
  #sending: Promise<void> | null = null;

  constructor(parts: ReportParts, run: string) {
    this.#parts = parts;
    this.#run = run;
  }

  add(report: JobReport): void {
    this.#waiting.push(report);
    this.#sending ??= this.#send();
  }

  /** There will be no more. Resolves when all of them are there, or could not be written. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#sending;
  }

  async #send(): Promise<void> {
    const { desk, clock, log } = this.#parts;
    try {
      for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
        const events = this.#waiting.map(eventOf);
        this.#waiting = [];
        await desk.report(this.#run, { done: last.done, total: last.total, events });
        await clock.sleep(PAUSE_MS, this.#ended.signal);
      }
    } catch (thrown) {
      log.warn({ run: this.#run, error: coerceError(thrown).message }, 'progress could not be written');
    } finally {
      this.#sending = null;
    }
  }
}

function eventOf({ done, total, point }: JobReport): object {
  return point === null ? { done, total } : { done, total, point };
}
