import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { AutoscalerEvent, AutoscalerListener } from './events.ts';

/** Tells listeners what happens. One that throws is logged and hurts nobody. */
export class Announcer {
  readonly #log: Logger;
  readonly #listeners = new Set<AutoscalerListener>();

  constructor({ log }: { log: Logger }) {
    this.#log = log;
  }

  /** Returns what ends it. */
  subscribe(listener: AutoscalerListener): () => void {
    // A function that listens twice hears everything twice, and each of the two ends by itself.
    const own: AutoscalerListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  announce(event: AutoscalerEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (thrown) {
        const error = coerceError(thrown).message;
        this.#log.warn({ event: event.kind, error }, `a listener failed on ${event.kind}: ${error}`);
      }
    }
  }
}
