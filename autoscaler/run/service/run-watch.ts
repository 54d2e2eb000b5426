import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { RunRecord } from './run-record.ts';
import type { RunStore } from './run-store.ts';

/** How often changes are looked for: progress is not urgent, and one read of nothing costs next to nothing. */
const LOOK_EVERY_MS = 0.5 * SECOND;

/** Tells of the changes of a farm's runs, whichever process makes them. Looks from the first listener on. */
export class RunWatch {
  readonly #parts: { readonly store: Pick<RunStore, 'changed'>; readonly clock: Clock; readonly log: Logger };
  readonly #listeners = new Set<(run: RunRecord) => void>();
  readonly #stopping = new AbortController();
  #looking: Promise<void> | null = null;

  constructor(parts: { store: Pick<RunStore, 'changed'>; clock: Clock; log: Logger }) {
    this.#parts = parts;
  }

  /** Of each run that has changed the state of the moment, several changes as one. Returns what ends it. */
  subscribe(listener: (run: RunRecord) => void): () => void {
    this.#listeners.add(listener);
    this.#looking ??= this.#look();
    return () => void this.#listeners.delete(listener);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { store, clock, log } = this.#parts;
    const { signal } = this.#stopping;
    let after: string | null = null;
    let failing = false;
    while (!signal.aborted) {
      try {
        const { last, runs } = await store.changed(after);
        after = last;
        failing = false;
        for (const run of runs) for (const listener of this.#listeners) listener(run);
      } catch (thrown) {
        if (!failing)
          log.warn({ error: coerceError(thrown).message }, 'changes of runs could not be read; tries again');
        failing = true;
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }
}
