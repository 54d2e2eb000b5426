import type { Grant, ScaleReading, Scaler, ScaleTarget } from './scaler.ts';

/** Lets a change wait for the one before it, so that an older request can never overtake a newer one. Readings do not wait. */
export class OneAtATime implements Scaler {
  readonly #scaler: Scaler;
  readonly rankOf: Scaler['rankOf'];
  #last: Promise<unknown> = Promise.resolve();

  constructor(scaler: Scaler) {
    this.#scaler = scaler;
    this.rankOf = scaler.rankOf;
  }

  async read(): Promise<ScaleReading> {
    return this.#scaler.read();
  }

  async apply(target: ScaleTarget): Promise<Grant> {
    const mine = this.#last.then(async () => this.#scaler.apply(target));
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
