import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

/** What was started, to be stopped in the opposite order. */
export class Releases {
  readonly #log: Logger;
  readonly #pending: { what: string; stop: () => Promise<void> }[] = [];
  #released: Promise<void> | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(what: string, stop: () => Promise<void>): void {
    this.#pending.push({ what, stop });
  }

  /** Stops everything, last started first; one that fails is logged and does not keep the others. Idempotent. */
  async release(): Promise<void> {
    this.#released ??= this.#stopAll();
    await this.#released;
  }

  async #stopAll(): Promise<void> {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      try {
        await next.stop();
      } catch (thrown) {
        this.#log.error({ error: coerceError(thrown), what: next.what }, 'could not be stopped in order');
      }
    }
  }
}
