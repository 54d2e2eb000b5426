import type { Clock } from '#shared/clock.ts';
import type { Rng } from '#shared/rng.ts';
import type { Bound } from '../check/bounds.ts';
import type { FarmUnderTest } from '../farm/farm-under-test.ts';
import type { Load } from '../farm/load.ts';
import type { StoreKind } from '../farm/store.ts';
import type { CrashOrders } from '../instrument/crash-points.ts';
import type { AppendMode } from '../redis/append-mode.ts';
import type { Timeline } from '../timeline.ts';

/** All that a fault may lay hands on. */
export interface Victim {
  readonly farm: FarmUnderTest;
  readonly load: Load;
  readonly timeline: Timeline;
  readonly orders: CrashOrders;
  readonly clock: Clock;
  /** This injection's own. */
  readonly rng: Rng;
  /** Aborts when the run is given up: heal, and return. */
  readonly signal: AbortSignal;
}

/** A kind of thing that may happen to a farm. Different kinds overlap, and so do those of one kind that use nothing in common. */
export interface Fault {
  readonly kind: string;
  /** What is done, for people: half a sentence. */
  readonly what: string;
  /** What the promise allows to be lost to it, by how Redis keeps its data. */
  bound(mode: AppendMode): Bound;
  /** What only one fault at a time can use. */
  readonly uses: readonly string[];
  /** Where it can be done; absent: anywhere. */
  readonly store?: StoreKind;
  /** Does it and undoes it, also when it fails or `signal` aborts. Rejects when it could not be done; it is then tried again. */
  inject(victim: Victim): Promise<void>;
}

/** A victim that is not there just now, because another fault has it. */
export class NoVictim extends Error {
  constructor(what: string) {
    super(`no ${what} to be found just now`);
    this.name = 'NoVictim';
  }
}
