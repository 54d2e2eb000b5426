import { unlessAborted } from '#shared/abort.ts';
import type { Clock } from '#shared/clock.ts';
import type { Ended } from '#shared/queue/task-source.ts';
import type { Claim } from '#shared/task.ts';
import { AHEAD_MS } from './prefetch.ts';
import type { Work } from './work.ts';

/** A claim that has not been begun, and a result that has not been reported, wait no longer than this, ms. */
const LONGEST_WAIT_MS = 2 * AHEAD_MS;

export interface HandsOptions {
  readonly work: Work;
  readonly concurrency: number;
  /** Claims that may end without a result before a task is dead (queue.maxAttempts). */
  readonly maxAttempts: number;
  readonly clock: Clock;
  /** Aborts when what is in work must be given back. */
  readonly giveUp: AbortSignal;
  /** Told when a claim has ended, or what waits has waited for too long. */
  readonly onChange: () => void;
}

/**
 * The claims of one worker: in store (not begun), in work, and over (not reported). A claim is begun as soon as there is a
 * place for it, in the order of the claims. One at its last attempt is worked on alone: a task that kills its worker must not
 * make a dead letter of another.
 */
export class Hands {
  readonly #options: HandsOptions;
  readonly #work = new Map<string, Claim>();
  #store: Claim[] = [];
  #over: Ended[] = [];
  /** Since when something waits, in store or to be reported, while there is no free place. */
  #waitingSince: number | null = null;

  constructor(options: HandsOptions) {
    this.#options = options;
  }

  get inWork(): readonly Claim[] {
    return [...this.#work.values()];
  }

  get inStore(): number {
    return this.#store.length;
  }

  get empty(): boolean {
    return this.#work.size + this.#store.length + this.#over.length === 0;
  }

  /** How many claims more could be begun at once. */
  get free(): number {
    const all = [...this.#work.values(), ...this.#store];
    return all.some((claim) => this.#isLast(claim)) ? 0 : Math.max(0, this.#options.concurrency - all.length);
  }

  /** Whether there is something to report, and no reason to wait for more of it: a place is free, or time is up. */
  get due(): boolean {
    const hungry = this.#store.length === 0 && this.#work.size < this.#options.concurrency;
    return this.overdue || (hungry && this.#over.length > 0);
  }

  /** Whether something has waited for too long: claims in store are to be given back, results to be reported. */
  get overdue(): boolean {
    if (this.#waitingSince === null || !this.#waits) return false;
    return this.#options.clock.monotonic() - this.#waitingSince >= LONGEST_WAIT_MS;
  }

  take(claims: readonly Claim[]): void {
    this.#store.push(...claims);
    this.#begin();
    if (this.#waits) this.#limitWait();
  }

  /** What is over; it is the caller's to report. */
  takeEnded(): readonly Ended[] {
    const ended = this.#over.splice(0);
    if (!this.#waits) this.#waitingSince = null;
    return ended;
  }

  /** What is in store, to be given back; a last attempt, which waits to be alone, only if `all`. */
  takeStore({ all }: { all: boolean }): readonly Claim[] {
    const given = all ? this.#store : this.#store.filter((claim) => !this.#isLast(claim));
    this.#store = all ? [] : this.#store.filter((claim) => this.#isLast(claim));
    if (!this.#waits) this.#waitingSince = null;
    return given;
  }

  #begin(): void {
    for (;;) {
      const [next] = this.#store;
      if (next === undefined || this.#work.size >= this.#options.concurrency) return;
      const alone = this.#isLast(next) || this.inWork.some((claim) => this.#isLast(claim));
      if (alone && this.#work.size > 0) return;
      this.#store.shift();
      this.#work.set(next.task.id, next);
      void this.#do(next);
    }
  }

  async #do(claim: Claim): Promise<void> {
    const { work, giveUp } = this.#options;
    const outcome = await unlessAborted(work(claim, giveUp), giveUp);
    if (outcome === 'aborted') return;
    this.#work.delete(claim.task.id);
    this.#over.push({ claim, outcome });
    this.#begin();
    this.#options.onChange();
  }

  get #waits(): boolean {
    return this.#over.length > 0 || this.#store.some((claim) => !this.#isLast(claim));
  }

  #limitWait(): void {
    if (this.#waitingSince !== null) return;
    const since = this.#options.clock.monotonic();
    this.#waitingSince = since;
    void this.#waitOut(since);
  }

  async #waitOut(since: number): Promise<void> {
    const { clock, onChange } = this.#options;
    const endAt = since + LONGEST_WAIT_MS;
    // A timer may fire a little early.
    for (let leftMs = LONGEST_WAIT_MS; leftMs > 0; leftMs = endAt - clock.monotonic()) {
      await clock.sleep(leftMs);
      if (this.#waitingSince !== since) return;
    }
    onChange();
  }

  #isLast({ task: { attempts } }: Claim): boolean {
    return attempts > 0 && attempts >= this.#options.maxAttempts - 1;
  }
}
