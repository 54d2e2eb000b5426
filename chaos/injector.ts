import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Fault, Victim } from './faults/fault.ts';
import type { Planned } from './schedule.ts';

/** How the faults of a run went. */
export interface Injected {
  /** Done and undone, by kind. */
  readonly counts: ReadonlyMap<string, number>;
  /** Not possible even when tried again: a sentence each. */
  readonly failures: readonly string[];
}

export interface InjectorOptions {
  readonly plan: readonly Planned<Fault>[];
  /** What one injection may lay hands on. */
  readonly victim: (fault: Fault) => Victim;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A victim that is dead and waits for its restart is waited for. */
const ATTEMPTS = 50;
const PAUSE_MS = 500;

/**
 * Carries a plan out. Faults that use something in common come one after another, in the order of the plan; all others overlap.
 * When it returns, everything is undone.
 */
export class Injector {
  readonly #options: InjectorOptions;
  readonly #counts = new Map<string, number>();
  readonly #failures: string[] = [];
  /** The end of the line for each thing that one fault at a time can use. */
  readonly #lines = new Map<string, Promise<void>>();
  readonly #underWay = new Map<string, number>();
  #begun = 0;
  #healed = 0;

  constructor(options: InjectorOptions) {
    this.#options = options;
  }

  /** Those that wait for what another one uses are not counted yet. */
  get begun(): number {
    return this.#begun;
  }

  get healed(): number {
    return this.#healed;
  }

  /** Kinds that are in force now. */
  get underWay(): readonly string[] {
    return [...this.#underWay].flatMap(([kind, count]) => (count > 0 ? [kind] : []));
  }

  async run(): Promise<Injected> {
    const { plan, clock, signal } = this.#options;
    const startedAt = clock.monotonic();
    const all: Promise<void>[] = [];
    for (const { item, atMs } of plan) {
      await clock.sleep(Math.max(0, startedAt + atMs - clock.monotonic()), signal);
      if (signal.aborted) break;
      all.push(this.#queue(item));
    }
    await Promise.all(all);
    return { counts: this.#counts, failures: this.#failures };
  }

  async #queue(fault: Fault): Promise<void> {
    const before = Promise.all(fault.uses.map((thing) => this.#lines.get(thing) ?? Promise.resolve()));
    const over = before.then(() => this.#inject(fault));
    for (const thing of fault.uses) this.#lines.set(thing, over);
    await over;
  }

  async #inject(fault: Fault): Promise<void> {
    const { victim, clock, signal } = this.#options;
    this.#begun += 1;
    const change = (by: number): void =>
      void this.#underWay.set(fault.kind, (this.#underWay.get(fault.kind) ?? 0) + by);
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      change(1);
      try {
        await fault.inject(victim(fault));
        this.#counts.set(fault.kind, (this.#counts.get(fault.kind) ?? 0) + 1);
        break;
      } catch (thrown) {
        if (attempt < ATTEMPTS) await clock.sleep(PAUSE_MS, signal);
        else this.#failures.push(`${fault.kind}: ${coerceError(thrown).message}`);
        if (attempt === ATTEMPTS) break;
      } finally {
        change(-1);
      }
    }
    this.#healed += 1;
  }
}
