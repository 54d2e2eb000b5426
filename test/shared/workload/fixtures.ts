import fc from 'fast-check';
import { parseConfig, type FarmConfig } from '#shared/config.ts';
import type { RateModel } from '#shared/workload/rate.ts';
import type { Workload } from '#shared/workload/workload.ts';

/** What farm.yml says when it says nothing. */
export const defaults: FarmConfig = parseConfig('', { file: 'farm.yml', environment: {} });

/** The reference's service times. */
export const referenceService = {
  meanS: 1.5,
  shape: 4,
  minSizePx: 512,
  maxSizePx: 4096,
  model: { a: 1.7099013205346125e-7, b: 0.0016654777540409116 },
};

/** A workload of these phases, with the reference's service times. */
export function workloadOf(arrivals: Workload['arrivals'], rest: Partial<Workload> = {}): Workload {
  return {
    name: 'test',
    description: '',
    kind: 'calibrated',
    control: { stepDurationS: 8, observationWindowS: 8, initialWorkers: 12, maxSteps: 30 },
    arrivals,
    emission: 'poisson',
    service: referenceService,
    phaseShuffle: false,
    phaseShuffleSeed: null,
    ...rest,
  };
}

const perS = fc.double({ min: 0, max: 20, noNaN: true });

export const anyRate: fc.Arbitrary<RateModel> = fc.oneof(
  fc.record({ pattern: fc.constant('steady' as const), perS }),
  fc
    .record({ one: perS, other: perS, cycles: fc.double({ min: 0.1, max: 8, noNaN: true }) })
    .map(({ one, other, cycles }): RateModel => ({
      pattern: 'oscillation',
      minPerS: Math.min(one, other),
      maxPerS: Math.max(one, other),
      cycles,
    })),
  fc
    .array(fc.record({ atS: fc.integer({ min: 0, max: 60 }), perS }), { minLength: 1, maxLength: 6 })
    .map((points): RateModel => ({ pattern: 'ramp', points: points.sort((a, b) => a.atS - b.atS) })),
  fc.record({ pattern: fc.constant('trace' as const), perS: fc.array(perS, { minLength: 60, maxLength: 60 }) }),
);

export const anyPhase = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20 }),
  durationS: fc.integer({ min: 1, max: 60 }),
  rate: anyRate,
});

export const anyWorkload: fc.Arbitrary<Workload> = fc
  .record({
    arrivals: fc.array(anyPhase, { minLength: 1, maxLength: 5 }),
    emission: fc.constantFrom('poisson' as const, 'as-coded' as const),
    phaseShuffle: fc.boolean(),
    phaseShuffleSeed: fc.option(fc.nat(1000), { nil: null }),
  })
  .map(({ arrivals, ...rest }) => workloadOf(arrivals, rest));

export const anySeed = fc.nat(2 ** 31 - 1);
