import type { PhaseDefinition } from './phase-definition.ts';
import type { RateModel } from './rate.ts';
import { serviceFor, type WorkloadSettings } from './service-settings.ts';
import type { RunControl, Workload } from './workload.ts';

/** The reference's own timing of its runs: 30 steps of 8 s, 12 workers at the start. */
export const referenceControl: RunControl = {
  stepDurationS: 8,
  observationWindowS: 8,
  initialWorkers: 12,
  maxSteps: 30,
};

/** The phases of farm.yml as they are specified: really oscillating, on an absolute axis. */
export function referenceWorkload(settings: WorkloadSettings): Workload {
  return {
    ...common(settings),
    name: 'reference',
    description: 'Low, high, slowly and quickly oscillating load, as the reference task farm specifies it',
    arrivals: settings.phases.map((phase) => ({
      name: phase.name,
      durationS: phase.durationS,
      rate: specifiedRate(phase, settings.baseRatePerMin),
    })),
    emission: 'poisson',
  };
}

/**
 * The same phases as the reference's emitter really sends them (arrivals.ts, as coded). Its test for an oscillating pattern
 * never holds, so nothing of a phase's rate remains but its number of tasks.
 */
export function referenceAsCoded(settings: WorkloadSettings): Workload {
  return {
    ...common(settings),
    name: 'reference-as-coded',
    description: 'The same phases as the reference task farm really emits them: flat, drifting, in exact numbers',
    arrivals: settings.phases.map((phase) => ({
      name: phase.name,
      durationS: phase.durationS,
      rate: { pattern: 'steady', perS: phaseRatePerS(phase, settings.baseRatePerMin) },
    })),
    emission: 'as-coded',
  };
}

type Common = Pick<Workload, 'kind' | 'control' | 'service' | 'phaseShuffle' | 'phaseShuffleSeed'>;

function common(settings: WorkloadSettings): Common {
  return {
    kind: 'calibrated',
    control: referenceControl,
    service: serviceFor('calibrated', settings),
    phaseShuffle: settings.phaseShuffle,
    phaseShuffleSeed: settings.phaseShuffleSeed,
  };
}

function phaseRatePerS(phase: PhaseDefinition, baseRatePerMin: number): number {
  return (baseRatePerMin * phase.multiplier) / 60;
}

function specifiedRate(phase: PhaseDefinition, baseRatePerMin: number): RateModel {
  const perS = phaseRatePerS(phase, baseRatePerMin);
  if (phase.pattern === 'steady') return { pattern: 'steady', perS };
  return {
    pattern: 'oscillation',
    minPerS: perS * phase.oscillationMin,
    maxPerS: perS * phase.oscillationMax,
    cycles: phase.oscillationCycles,
  };
}
