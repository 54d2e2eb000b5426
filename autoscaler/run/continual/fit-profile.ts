import type { TimingProfile } from '../../sim/timing-profile.ts';
import { quantilesOf } from '../calibrate-live/live-calibration.ts';
import type { LoggedTimes } from './logged-times.ts';

/**
 * Fewer measurements than this say less than what is known already. Scaling is rare, and differs more from machine to machine
 * than from one time to the next.
 */
const LEAST: Readonly<Record<keyof LoggedTimes, number>> = {
  ...{ claim: 20, turnaround: 20, collect: 20 },
  ...{ start: 5, startNext: 5, drain: 5 },
};

/** What one fit changed. */
export interface FittedProfile {
  readonly profile: TimingProfile;
  /** Measurements of each time; a time with too few stays as it was. */
  readonly measurements: Readonly<Record<keyof LoggedTimes, number>>;
  readonly fitted: readonly (keyof LoggedTimes)[];
}

const fittable = ['claim', 'turnaround', 'collect', 'start', 'startNext', 'drain'] as const;

/**
 * The profile with those times that the log tells enough of, as quantiles of what was measured; the others, and what no log
 * tells (the first observation of an episode, what an empty window shows), are `known`'s.
 * @param window farm time of the log's first and last record, ms since 1970
 */
export function fitProfile(
  times: LoggedTimes,
  { known, window }: { known: TimingProfile; window: { readonly from: number; readonly to: number } },
): FittedProfile {
  const fitted = fittable.filter((name) => times[name].length >= LEAST[name]);
  const measurements = Object.fromEntries(
    fittable.map((name) => [name, times[name].length]),
  ) as FittedProfile['measurements'];
  const profile: TimingProfile = {
    ...known,
    name: 'farm',
    fastestOfIdle: false,
    ...Object.fromEntries(fitted.map((name) => [name, quantilesOf(times[name], pointsFor(times[name].length))])),
    provenance: { source: "this farm's own log", window, measurements, fitted, known: known.name },
  };
  return { profile, measurements, fitted };
}

/** A quantile for each measurement: with fewer, a single slow moment would count as one in twenty. */
function pointsFor(measurements: number): number {
  return Math.min(MOST_POINTS, measurements);
}

const MOST_POINTS = 201;
