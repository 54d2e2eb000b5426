import type { Clock } from '../clock.ts';
import { coerceError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Doorbell } from './doorbell.ts';
import type { Roster } from './roster.ts';
import { standBy } from './stand-by.ts';

/** starting → working; working → standing-by → working (a SYN, and its withdrawal); any → stopped. */
export type MemberState = 'starting' | 'working' | 'standing-by' | 'stopped';

export interface MemberLoopOptions {
  readonly member: string;
  readonly role: string;
  readonly roster: Roster;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Logger;
  /** Before its first turn, and again after it stood by. */
  readonly resume?: () => Promise<void>;
  /** Before it stands by, and at its end. */
  readonly pause?: () => Promise<void>;
  /** One look at what there is to do, and one wait at the doorbell. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
}

/** After a refusal by Redis. */
const PAUSE_MS = 250;

/**
 * The life of a long-lived function that is not a worker: announces itself, takes turns, obeys SYN between them, and signs
 * off. No failure ends it.
 */
export class MemberLoop {
  readonly #options: MemberLoopOptions;
  readonly #stop = new AbortController();
  #state: MemberState = 'starting';
  #announced = false;
  #running: Promise<void> | null = null;

  constructor(options: MemberLoopOptions) {
    this.#options = options;
  }

  get state(): MemberState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { member, roster, clock, log, pause } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#turn();
      } catch (thrown) {
        log.warn({ error: coerceError(thrown) }, 'Redis refused; the function goes on');
        await clock.sleep(PAUSE_MS, signal);
      }
    }
    await pause?.();
    this.#state = 'stopped';
    await roster
      .leave(member)
      .catch((thrown: unknown) => log.warn({ error: coerceError(thrown) }, 'could not sign off'));
  }

  async #turn(): Promise<void> {
    const { member, role, roster, doorbell, log, resume, pause, turn } = this.#options;
    const { signal } = this.#stop;
    if (!this.#announced) {
      await roster.announce({ id: member, role });
      await resume?.();
      this.#announced = true;
    }
    const order = await roster.orderFor(member);
    if (order === null) {
      this.#state = 'working';
      await turn(signal);
      return;
    }
    await pause?.();
    this.#state = 'standing-by';
    await standBy({ roster, doorbell, log, member, order, state: 'stopped', signal });
    await resume?.();
  }
}
