import { pickReplica } from './pick-replica.ts';
import { Changes } from './changes.ts';
import type { Replica } from './replica.ts';
import { ReplicaSlot, type SlotOptions, type StartReplica } from './replica-slot.ts';
import { chooseVictims } from './victims.ts';

export interface ReplicaSetOptions extends Omit<SlotOptions, 'onChange'> {
  /** Replicas beyond the desired ones while an update replaces them, at least 1. */
  readonly surge: number;
}

/**
 * Keeps as many replicas as are desired. `scale` and `update` say what should be; `#reconcile` compares it with what is and
 * starts or stops slots, at each of these calls and whenever a slot changes.
 */
export class ReplicaSet {
  readonly #options: ReplicaSetOptions;
  readonly #changes = new Changes();
  readonly #leaving = new Set<Promise<void>>();
  /** Started from the present definition, oldest first. */
  #slots: ReplicaSlot[] = [];
  /** Started from an earlier definition; each goes when a ready one has taken its place. */
  #outdated: ReplicaSlot[] = [];
  #startReplica: StartReplica;
  #desired: number;
  #born = 0;
  #uses = 0;
  #shrinking = false;
  #stopped = false;

  constructor(startReplica: StartReplica, desired: number, options: ReplicaSetOptions) {
    this.#startReplica = startReplica;
    this.#desired = desired;
    this.#options = options;
    this.#reconcile();
  }

  get desired(): number {
    return this.#desired;
  }

  get available(): number {
    return this.#all().filter((slot) => slot.ready).length;
  }

  /** Processes that run now, whatever their state. */
  get pids(): readonly number[] {
    return this.#all().flatMap((slot) => slot.replica?.pids ?? []);
  }

  scale(desired: number): void {
    this.#desired = desired;
    this.#reconcile();
  }

  /** Replaces every replica by one of `startReplica`, a few at a time; none goes before another is ready. */
  update(startReplica: StartReplica, desired: number): void {
    this.#startReplica = startReplica;
    this.#outdated.push(...this.#slots);
    this.#slots = [];
    this.scale(desired);
  }

  /**
   * The replica that should answer the next invocation, least loaded first. With none ready it waits for one that is coming,
   * up to `waitMs`; null when there is none then.
   */
  async acquire(options: { waitMs: number; signal: AbortSignal; except?: Replica }): Promise<Replica | null> {
    const found = this.#pick(options.except);
    if (found !== null) return found;
    await Promise.all(this.#all().map((slot) => slot.checkReady()));
    return await this.#wait(() => this.#pick(options.except) ?? (this.#coming() ? undefined : null), options);
  }

  /** Resolves to true once as many are ready as desired, to false after `waitMs` or when it is stopped. */
  async settled(waitMs: number, signal: AbortSignal): Promise<boolean> {
    const ready = (): true | undefined =>
      !this.#stopped && this.#outdated.length === 0 && this.available === this.#desired ? true : undefined;
    return (await this.#wait(ready, { waitMs, signal })) ?? false;
  }

  /** Stops every replica, in parallel. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#desired = 0;
    for (const slot of this.#all()) this.#dismiss(slot);
    this.#changes.notify();
    await Promise.all(this.#leaving);
  }

  #all(): ReplicaSlot[] {
    return [...this.#outdated, ...this.#slots];
  }

  #coming(): boolean {
    return this.#all().some((slot) => slot.coming);
  }

  #pick(except?: Replica): Replica | null {
    const ready = this.#all().flatMap(({ replica }) => (replica?.ready === true && replica !== except ? replica : []));
    const chosen = pickReplica(ready);
    if (chosen !== null) chosen.lastUsed = this.#uses += 1;
    return chosen;
  }

  /** Evaluates `look` at once and at each change, until it is not undefined; null after `waitMs`. */
  async #wait<T>(look: () => T | undefined, limit: { waitMs: number; signal: AbortSignal }): Promise<T | null> {
    const over = new AbortController();
    const stop = (): void => over.abort();
    limit.signal.addEventListener('abort', stop, { once: true });
    void this.#options.clock.sleep(limit.waitMs, over.signal).then(stop);
    try {
      for (;;) {
        const seen = look();
        if (seen !== undefined) return seen;
        if (over.signal.aborted || limit.signal.aborted) return null;
        await this.#changes.next(over.signal);
      }
    } finally {
      limit.signal.removeEventListener('abort', stop);
      stop();
    }
  }

  #reconcile(): void {
    this.#changes.notify();
    if (this.#stopped) return;
    while (
      this.#slots.length < this.#desired &&
      this.#slots.length + this.#outdated.length < this.#desired + (this.#outdated.length > 0 ? this.#options.surge : 0)
    ) {
      this.#slots.push(this.#newSlot());
    }
    if (this.#excess() > 0) void this.#shrink();
  }

  #newSlot(): ReplicaSlot {
    const options = { ...this.#options, onChange: () => this.#reconcile() };
    return new ReplicaSlot((this.#born += 1), this.#startReplica, options);
  }

  /** Outdated slots whose successors are ready; there are none outside an update. */
  #replaced(): number {
    const ready = this.#slots.filter((slot) => slot.ready).length;
    return Math.min(Math.max(ready + this.#outdated.length - this.#desired, 0), this.#outdated.length);
  }

  #excess(): number {
    return this.#replaced() + Math.max(this.#slots.length - this.#desired, 0);
  }

  /** Asks every replica whether it is ready before it chooses: a drained one says no and goes first. */
  async #shrink(): Promise<void> {
    if (this.#shrinking) return;
    this.#shrinking = true;
    await Promise.all(this.#all().map((slot) => slot.checkReady()));
    this.#shrinking = false;
    // What is desired may have changed during the question.
    const victims = [
      ...chooseVictims(this.#outdated, this.#replaced()),
      ...chooseVictims(this.#slots, this.#slots.length - this.#desired),
    ];
    for (const slot of victims) this.#dismiss(slot);
    this.#reconcile();
  }

  #dismiss(slot: ReplicaSlot): void {
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#outdated = this.#outdated.filter((other) => other !== slot);
    const gone = slot.stop().finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }
}
