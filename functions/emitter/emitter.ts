import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import { RUN_STOPPED } from './emission.ts';
import type { TakenPhase, TaskInbox } from '#shared/queue/task-inbox.ts';
import type { TaskSource } from '#shared/queue/task-source.ts';

export interface EmitterOptions {
  readonly inbox: TaskInbox;
  /** Looks for lost claims in passing. */
  readonly source: Pick<TaskSource, 'reclaim'>;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Logger;
  /** Rings this emitter's own mail: a phase has ended, look for the next message. */
  readonly ring: () => Promise<void>;
  /** Emits a phase; resolves early when the signal aborts. */
  readonly emitPhase: (taken: TakenPhase, signal: AbortSignal) => Promise<void>;
}

/** Users' tasks moved at once. */
const BATCH = 200;
const PAUSE_MS = 250;

/**
 * Moves messages from `input` into lanes: users' tasks at once, phases over time, one message after the other. It waits at
 * the doorbell also while a phase is emitted, so that a SYN is answered in mid-phase.
 */
export class Emitter {
  readonly #options: EmitterOptions;
  #recovered: TakenPhase[] = [];
  /** A phase broke off and must be looked for again. */
  #mustRecover = false;
  #phase: { readonly run: string; readonly abort: AbortController; readonly ended: Promise<void> } | null = null;

  constructor(options: EmitterOptions) {
    this.#options = options;
  }

  get emitting(): boolean {
    return this.#phase !== null;
  }

  /** One look at what there is to do, and one wait. */
  async turn(signal: AbortSignal): Promise<void> {
    const { doorbell, inbox, source } = this.#options;
    if (this.#mustRecover) await this.recover();
    while (this.#phase === null && !signal.aborted) {
      const recovered = this.#recovered.shift();
      const { moved, phase } = recovered === undefined ? await inbox.take(BATCH) : { moved: 0, phase: recovered };
      if (phase !== null) this.#startPhase(phase);
      else if (moved === 0) break;
    }
    const { waitMs } = await source.reclaim();
    await doorbell.wait({ timeoutMs: waitMs, signal, mailOnly: this.#phase !== null });
  }

  /** Stops between two tasks; what is left stays taken. */
  async interrupt(): Promise<void> {
    await this.#end();
  }

  /** A run was stopped: what is left of its phase is not waited for, however long its silence would be. */
  async abandon(run: string): Promise<void> {
    if (this.#phase?.run !== run) return;
    await this.#end(RUN_STOPPED);
    await this.#options.ring();
  }

  /** Goes on with what was taken, by this emitter or one before it, and not emitted in full. */
  async recover(): Promise<void> {
    this.#recovered = [...(await this.#options.inbox.recover())];
    this.#mustRecover = false;
    if (this.#recovered.length > 0) {
      this.#options.log.info({ phases: this.#recovered.length }, 'goes on with what was taken and not emitted in full');
    }
  }

  async #end(why?: Error): Promise<void> {
    this.#phase?.abort.abort(why);
    await this.#phase?.ended;
  }

  #startPhase(taken: TakenPhase): void {
    const { emitPhase, ring, clock, log } = this.#options;
    const abort = new AbortController();
    const emit = async (): Promise<void> => {
      try {
        await emitPhase(taken, abort.signal);
      } catch (thrown) {
        log.error({ error: coerceError(thrown), phase: taken.id }, 'a phase broke off; it is taken up again');
        await clock.sleep(PAUSE_MS, abort.signal);
        this.#mustRecover = true;
      }
      this.#phase = null;
      if (!abort.signal.aborted) await ring().catch(() => undefined);
    };
    this.#phase = { run: taken.phase.run, abort, ended: emit() };
  }
}
