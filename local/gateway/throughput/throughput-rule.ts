import { SECOND } from '#shared/clock.ts';
import type { ScaleRules } from '../scale-rules.ts';

/** When throughput scales a function. */
export interface ThroughputTiming {
  /** Successful answers a second above which a function is loaded. */
  readonly ratePerS: number;
  /** The rate is taken over this long, ms. */
  readonly windowMs: number;
  /** This long above the rate before the first step, ms. */
  readonly holdMs: number;
  /** From one step up to the next, ms. */
  readonly repeatMs: number;
  /** From one look to the next, ms. */
  readonly lookMs: number;
}

/** The alert rule and its route in the OpenFaaS chart: over 5/s for 5 s, measured over 10 s, told again every 30 s. */
export const communityEditionTiming: ThroughputTiming = {
  ratePerS: 5,
  windowMs: 10 * SECOND,
  holdMs: 5 * SECOND,
  repeatMs: 30 * SECOND,
  lookMs: SECOND,
};

/** What a look at a function sees. */
export interface ThroughputReading {
  /** On a monotonic clock, ms. */
  readonly atMs: number;
  /** Answers with 200 since the function was deployed. */
  readonly successes: number;
  readonly desired: number;
}

/**
 * Scales one function by throughput as OpenFaaS Community Edition does: by ceil(max × factor / 100) at a time while it is loaded,
 * up to max; back to min when the load is over. With max = 20 and factor = 10: 1, 3, 5 … 20, then 1.
 * States: quiet → loaded (above the rate) → firing (for holdMs) → quiet. What somebody else asked for in `quiet` stays.
 */
export class ThroughputRule {
  readonly #timing: ThroughputTiming;
  #readings: ThroughputReading[] = [];
  #loadedSinceMs: number | null = null;
  #steppedAtMs: number | null = null;

  constructor(timing: ThroughputTiming) {
    this.#timing = timing;
  }

  /** Replicas to ask for; null: as it is. */
  look(reading: ThroughputReading, rules: ScaleRules): number | null {
    const loaded = this.#rate(reading) > this.#timing.ratePerS;
    if (!loaded) return this.#rest(rules);
    this.#loadedSinceMs ??= reading.atMs;
    if (reading.atMs - this.#loadedSinceMs < this.#timing.holdMs) return null;
    if (this.#steppedAtMs !== null && reading.atMs - this.#steppedAtMs < this.#timing.repeatMs) return null;
    this.#steppedAtMs = reading.atMs;
    const max = rules.max ?? rules.min;
    const step = Math.ceil((max * rules.factor) / 100);
    return reading.desired >= max ? null : Math.min(reading.desired + step, max);
  }

  #rest(rules: ScaleRules): number | null {
    const fired = this.#steppedAtMs !== null;
    this.#loadedSinceMs = null;
    this.#steppedAtMs = null;
    return fired ? rules.min : null;
  }

  /** Successes a second over the window; the part of it before the first look counts as silent. */
  #rate(reading: ThroughputReading): number {
    const fromMs = reading.atMs - this.#timing.windowMs;
    this.#readings = [...this.#readings.filter(({ atMs }) => atMs >= fromMs), reading];
    const before = this.#readings[0] ?? reading;
    return (reading.successes - before.successes) / (this.#timing.windowMs / SECOND);
  }
}

/** Whether labels put a function under this rule: an upper bound above the lower one, and steps. */
export function scalesByThroughput({ min, max, factor }: ScaleRules): boolean {
  return max !== null && max > min && factor > 0;
}
