import { SystemClock, type Clock } from '#shared/clock.ts';

/** Real time, faster: what waits seconds in earnest waits milliseconds in a test. */
export class HastyClock implements Clock {
  readonly #system = new SystemClock();
  readonly #factor: number;

  constructor(factor: number) {
    this.#factor = factor;
  }

  monotonic(): number {
    return this.#system.monotonic() * this.#factor;
  }

  farmTime(): number {
    return this.#system.farmTime();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#system.sleep(ms / this.#factor, signal);
  }
}
