import { SECOND, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Rng } from '#shared/rng.ts';
import { restartDelayMs, STABLE_MS } from './back-off.ts';
import type { Replica } from './replica.ts';
import type { ReplicaExit } from './replica-exit.ts';
import type { StartGate } from './start-gate.ts';
import type { Candidate } from './victims.ts';

/** Starts a process; `onChange` is called when its readiness changes. */
export type StartReplica = (onChange: () => void) => Replica;

/** What every slot of a function shares. */
export interface SlotOptions {
  readonly gate: StartGate;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Logger;
  readonly graceMs: number;
  /** A replica of the slot has ended. */
  readonly onExit: (exit: Omit<ReplicaExit, 'fn'>) => void;
  /** The slot is in another state. */
  readonly onChange: () => void;
}

/** The longest that one start keeps others waiting: after it, whoever is not ready waits for something else than the CPU. */
const START_HOLD_MS = 5 * SECOND;

/**
 * A place that keeps one replica running, one process after another.
 * States: waiting (for the start gate) → starting → serving → backing-off (it ended unasked) → waiting …; `stop` leads from
 * any of them to stopping → stopped.
 */
export class ReplicaSlot implements Candidate {
  readonly age: number;
  /** Resolves once stopped. */
  readonly done: Promise<void>;
  readonly #options: SlotOptions;
  readonly #start: StartReplica;
  readonly #stopping = new AbortController();
  #replica: Replica | null = null;

  /** @param start makes the next process; called once for each life of the slot. */
  constructor(age: number, start: StartReplica, options: SlotOptions) {
    this.age = age;
    this.#start = start;
    this.#options = options;
    this.done = this.#run();
  }

  /** The process, from its start to its end. */
  get replica(): Replica | null {
    return this.#replica;
  }

  get pending(): boolean {
    return this.#replica === null;
  }

  get ready(): boolean {
    return this.#replica?.ready ?? false;
  }

  /** On its way to be ready: not a replica that was ready and has taken itself out. */
  get coming(): boolean {
    return this.#replica === null || !this.#replica.wasReady;
  }

  async checkReady(): Promise<void> {
    await this.#replica?.checkReady();
  }

  /** Ends the replica within the grace and starts no other. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#replica?.stop(this.#options.graceMs);
    await this.done;
  }

  async #run(): Promise<void> {
    const { gate, clock, rng, log } = this.#options;
    const stopping = this.#stopping.signal;
    let exitsInARow = 0;
    for (;;) {
      const leave = await gate.enter(stopping);
      if (leave === null) return;
      const readyForMs = stopping.aborted ? 0 : await this.#live(leave);
      leave();
      if (stopping.aborted) return;
      exitsInARow = readyForMs >= STABLE_MS ? 1 : exitsInARow + 1;
      const delayMs = Math.round(restartDelayMs(exitsInARow, rng));
      log.debug({ exitsInARow, delayMs }, 'a replica is started again after a delay');
      await clock.sleep(delayMs, stopping);
    }
  }

  /**
   * One process, from its start to its end. `leave` lets the next slot through the gate once this one has started.
   * @returns how long ago it had become ready, ms
   */
  async #live(leave: () => void): Promise<number> {
    const { clock, log, onExit, onChange } = this.#options;
    let replica: Replica;
    try {
      replica = this.#start(onChange);
    } catch (thrown) {
      log.error({ error: coerceError(thrown) }, 'a replica could not be started');
      return 0;
    }
    this.#replica = replica;
    const started = new AbortController();
    void Promise.race([replica.started, clock.sleep(START_HOLD_MS, started.signal)]).then(() => {
      started.abort();
      leave();
    });
    const exit = await replica.exited;
    const { instance, readyForMs } = replica;
    const expected = this.#stopping.signal.aborted;
    this.#replica = null;
    if (!expected) log.warn({ instance, ...exit }, 'a replica ended unasked and is started again');
    onExit({ instance, ...exit, expected });
    onChange();
    return readyForMs;
  }
}
