import type { QueueReading, QueueTotals } from '#shared/queue/observe.ts';
import type { ScaleReading } from '../scaler/scaler.ts';
import type { ByQuartile } from '../sim/farm/quartiles.ts';

/** One look at a farm: its queue and its workers together. */
export interface FarmLook {
  readonly reading: QueueReading;
  readonly replicas: ScaleReading;
  /** Time that it took, ms: so old is the reading now. */
  readonly ageMs: number;
}

/** An episode that has begun. */
export interface BegunEpisode {
  /** Tasks that its seed gives, in all. */
  readonly tasks: number;
  /** The farm's counters before the first of them. */
  readonly baseline: QueueTotals;
}

/**
 * A real farm that one environment has to itself. Nobody else scales it and nobody else gives it work meanwhile.
 * Implementation: autoscaler/run/live/real-farm.ts.
 */
export interface LiveFarm {
  /**
   * Ends the episode before this one, leaves the farm empty with nothing in anybody's hands and `workers` ready, and starts
   * the workload of `seed`. Resolves when its first phase is being emitted.
   * @throws CONFLICT when others have work in the farm, and what queue and gateway throw.
   */
  begin(episode: { seed: number; workers: number }): Promise<BegunEpisode>;
  /** Waits out short failures. `windowMs`: how far times and QoS reach back. */
  look(windowMs: number): Promise<FarmLook>;
  /**
   * Asks for `replicas` in all where there are `from`: up at once, down by draining. Resolves with what the platform runs
   * when that has ended, perhaps steps later; null: it could not be asked. A later request for more calls an open drain off.
   */
  scale(target: { replicas: number; from: number }): Promise<number | null>;
  /**
   * QoS of the episode's first `emitted` tasks for each quarter of their planned service times, shortest first; null: the
   * farm does not tell just now.
   */
  qosByQuartile(emitted: number): Promise<ByQuartile | null>;
  /** Ends the episode and gives the farm back to its own autoscaler. Idempotent. */
  release(): Promise<void>;
}
