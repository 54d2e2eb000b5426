import type { Delay } from '../../sim/delay.ts';
import { timingProfileSchema, type TimingProfile } from '../../sim/timing-profile.ts';
import { quantile, summarise, type Summary } from '../calibrate/summary.ts';
import type { Provenance } from '../record/provenance.ts';
import type { ScalingTimes } from './scaling-times.ts';
import type { TaskTimes } from './task-times.ts';

/** Where and how a calibration was made. */
export interface LiveProvenance extends Provenance {
  readonly command: string;
  /** RFC 3339. */
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGB: number };
  /** Processes that wanted the CPU over the last minute before it, where the system says so: over `cores`, others were at work. */
  readonly loadBefore: number;
}

export type LiveTimes = TaskTimes & ScalingTimes & { readonly look: readonly number[] };

/** A timing profile as measured, and the measurements in short. */
export interface LiveCalibration {
  readonly profile: TimingProfile;
  /** ms. */
  readonly measured: Readonly<Record<keyof LiveTimes, Summary>>;
}

/** Every twentieth: the tails that a sample of a hundred or so still shows. */
const QUANTILES = 21;
/** The real environment's own rule: a step's time, whatever the step was (live-environment.ts). */
const LONGEST_SETTLE_S = 8;

/** The profile that these times make: each a table of quantiles, with what was counted beside it. */
export function profileOf(times: LiveTimes, provenance: LiveProvenance): LiveCalibration {
  const measured = mapTimes(times, summarise);
  const profile = timingProfileSchema.parse({
    name: 'farmhand',
    claim: quantilesOf(times.claim),
    // Idle workers wait at one doorbell: the claim takes as long however many they are.
    fastestOfIdle: false,
    turnaround: quantilesOf(times.turnaround),
    collect: quantilesOf(times.collect),
    start: quantilesOf(times.start),
    startNext: quantilesOf(times.startNext),
    drain: quantilesOf(times.drain),
    // Steps end on an absolute axis, and the observation is made then: nothing adds up.
    stepOverhead: { kind: 'constant', ms: 0 },
    firstObservation: quantilesOf(times.firstObservation),
    emptyWindow: null,
    settleS: LONGEST_SETTLE_S,
    provenance: {
      ...provenance,
      measurements: mapTimes(times, (values) => values.length),
      beside: {
        firstTaskMs: round(measured.firstTask.p50),
        gatewayReadMs: round(measured.read.p50),
        gatewayApplyMs: round(measured.apply.p50),
        observationMs: round(measured.look.p50),
      },
    },
  });
  return { profile, measured };
}

/** Measurements as a delay of so many equally likely stretches and one: the profile draws what was measured, tails included. */
export function quantilesOf(values: readonly number[], points = QUANTILES): Delay {
  const sorted = values.map((value) => Math.max(0, value)).sort((a, b) => a - b);
  return {
    kind: 'quantiles',
    ms: Array.from({ length: points }, (_, i) => round(quantile(sorted, i / (points - 1)))),
  };
}

function mapTimes<T>(times: LiveTimes, change: (values: readonly number[]) => T): Record<keyof LiveTimes, T> {
  const { claim, collect, turnaround, firstTask, firstObservation, start, startNext, drain, read, apply, look } = times;
  return {
    claim: change(claim),
    turnaround: change(turnaround),
    collect: change(collect),
    firstTask: change(firstTask),
    start: change(start),
    startNext: change(startNext),
    drain: change(drain),
    firstObservation: change(firstObservation),
    look: change(look),
    read: change(read),
    apply: change(apply),
  };
}

/** A hundredth of a millisecond is less than one measurement repeats to. */
function round(ms: number): number {
  return Number(ms.toFixed(2));
}
