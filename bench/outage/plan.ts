import { SECOND } from '#shared/clock.ts';

/** What an outage bench does. */
export interface OutagePlan {
  /** The autoscaler decides so often, s. */
  readonly stepS: number;
  /** How long the gateway answers 500, clamps, and is slow, s. */
  readonly failingS: number;
  readonly clampedS: number;
  readonly slowS: number;
  /** Time that each call to the slow gateway takes. */
  readonly slowMs: number;
  readonly clamp: number;
  /** Loads in workers kept busy. The change between them is what there is to scale for. */
  readonly low: number;
  readonly high: number;
  readonly serviceMs: number;
  /** Workers for the load R: ⌈R + 0.7·√R⌉, which are 3 and 6 for these, with room for a rate that is not exactly theirs. */
  readonly policy: string;
}

const STEP_S = 10;
const SHORT_STEP_S = 2;
/** Of a call to the slow gateway, as a share of the step: 3 s of 10 s. */
const SLOW_SHARE = 0.3;

/** @param options.short a few seconds for each fault, with steps that are as much shorter */
export function outagePlan({ short }: { short: boolean }): OutagePlan {
  const stepS = short ? SHORT_STEP_S : STEP_S;
  return {
    stepS,
    failingS: short ? 2 * stepS : 60,
    clampedS: short ? 2 * stepS : 40,
    slowS: short ? 2 * stepS : 40,
    slowMs: SLOW_SHARE * stepS * SECOND,
    clamp: 5,
    low: 1.8,
    high: 4.2,
    serviceMs: 250,
    policy: 'square-root-0.7-last',
  };
}
