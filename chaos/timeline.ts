import type { Clock } from '#shared/clock.ts';
import type { LossWindow } from './check/history.ts';
import type { Bound } from './check/bounds.ts';

/** A process that was killed, or frozen for longer than a lease: whatever it held is somebody else's to do. */
export interface Silence {
  readonly kind: string;
  readonly pid: number;
  /** ms since 1970. */
  readonly at: number;
}

/** A time in which no worker could claim anything, since Redis did not answer, or refused. */
export interface Outage {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** What was done to the farm, and when; Redis runs on this machine, so its TIME is ours. */
export class Timeline {
  readonly silences: Silence[] = [];
  readonly outages: Outage[] = [];
  readonly lossWindows: LossWindow[] = [];
  /** Workers that are frozen now. */
  frozen = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.farmTime();
  }

  silenced(kind: string, pid: number, at = this.now()): void {
    this.silences.push({ kind, pid, at });
  }

  /** Runs `during` as an outage of this kind; it is one also when it fails. */
  async outage(kind: string, during: () => Promise<void>): Promise<void> {
    const from = this.now();
    try {
      await during();
    } finally {
      this.outages.push({ kind, from, to: this.now() });
    }
  }

  /** Redis may have forgotten what was written from so long before `since` until now, or in a kill until this moment. */
  mayHaveForgotten({ lastMs }: Bound, since = this.now()): void {
    if (lastMs > 0) this.lossWindows.push({ from: since - lastMs, to: this.now() });
  }
}
