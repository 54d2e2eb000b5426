import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { withinLimits, type LimitedBy } from '#autoscaler/shield/limits.ts';
import { anySeen } from '../support/sightings.ts';

function limitedBy(change: Partial<LimitedBy>): LimitedBy {
  return { workers: 12, bounds: bounds(1, 32, 1), limit: null, draining: false, ...change };
}

const bounds = (minWorkers: number, maxWorkers: number, maxScalingStep: number) => ({
  minWorkers,
  maxWorkers,
  maxScalingStep,
});

describe('withinLimits', () => {
  test.each([
    ['one more at a time', 20, {}, 13, ['20 wanted, 1 a step']],
    ['one fewer at a time', 3, {}, 11, ['3 wanted, 1 a step']],
    ['larger steps by configuration', 20, { bounds: bounds(1, 32, 4) }, 16, ['20 wanted, 4 a step']],
    ['a change within the step needs no comment', 13, {}, 13, []],
    ['where it is already', 12, {}, 12, []],
    ['over the maximum comes down at once', 40, { workers: 40 }, 32, ['kept from 1 to 32']],
    ['under the minimum goes up at once', 0, { workers: 0, bounds: bounds(4, 32, 1) }, 4, ['kept from 4 to 32']],
    ['a policy out of bounds is kept in them', 50, { workers: 32 }, 32, ['50 wanted, 1 a step', 'kept from 1 to 32']],
    ['no more than the platform grants', 6, { workers: 5, limit: 5 }, 5, ['the platform grants no more than 5']],
    ['a limit does not take workers away', 7, { workers: 7, limit: 5 }, 7, []],
    ['a limit does not stop a scale-down', 6, { workers: 7, limit: 5 }, 6, []],
    [
      'a limit under the minimum stands',
      5,
      { workers: 5, limit: 5, bounds: bounds(8, 32, 1) },
      5,
      ['kept from 8 to 32', 'the platform grants no more than 5'],
    ],
    ['one scale-down at a time', 11, { draining: true }, 12, ['an earlier scale-down still waits for its workers']],
    ['a scale-up does not wait for a scale-down', 13, { draining: true }, 13, []],
  ] as const)('%s', (_case, wanted, change, ...[replicas, because]) => {
    const result = withinLimits(wanted, limitedBy(change));
    expect(result.replicas).toBe(replicas);
    expect(result.corrections.map((correction) => correction.because)).toEqual(because);
  });

  test('keeps min ≤ replicas ≤ max and the step, whatever a policy wants', () => {
    const anyInput = fc.record({
      wanted: fc.integer({ min: -5, max: 60 }),
      workers: fc.nat({ max: 40 }),
      bounds: fc
        .tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 31 }))
        .map(([a, b, step]) => bounds(Math.min(a, b), Math.max(a, b), step)),
      limit: fc.option(fc.nat({ max: 40 }), { nil: null }),
      draining: fc.boolean(),
    });
    fc.assert(
      fc.property(anyInput, ({ wanted, ...by }) => {
        const { replicas } = withinLimits(wanted, by);
        const { workers, bounds: b, limit } = by;
        const inside = workers >= b.minWorkers && workers <= b.maxWorkers;
        if (inside) expect(Math.abs(replicas - workers)).toBeLessThanOrEqual(b.maxScalingStep);
        if (replicas < workers) {
          expect(replicas).toBeGreaterThanOrEqual(b.minWorkers);
          expect(by.draining).toBe(false);
        }
        if (replicas > workers) {
          expect(replicas).toBeLessThanOrEqual(b.maxWorkers);
          if (limit !== null) expect(replicas).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  /**
   * The reference's own rule, transcribed on its own variables (task-farm reference, `reactive_policies.py`): with the
   * default step the loop does exactly its −1, 0 or +1.
   */
  function referenceAction(look: { obs: readonly number[]; enqueued: number }, form: 'average' | 'maximum'): number {
    const [, workerQ = 0, resultQ = 0, outputQ = 0, workers = 0, avgTime = 0, maxTime = 0, rate = 0] = look.obs;
    const s = Math.max(form === 'average' ? avgTime : Math.max(maxTime, avgTime), 0.1);
    const h = Math.max(8, s, 1);
    const optimal = Math.max(1, 1.0 * ((workerQ * s) / h + Math.max(0, rate) * s));
    const active = Math.max(0, look.enqueued - workerQ - resultQ - outputQ);
    const busyN = Math.min(workers, Math.max(0, active - (active > 0 ? 1 : 0)));
    const busy = busyN * (s / h) * (form === 'average' ? 0.5 : 1.0);
    const delta = optimal - (workers - busy);
    return delta >= 0.5 ? 1 : delta <= -0.5 ? -1 : 0;
  }

  test.each(['average', 'maximum'] as const)('reactive-%s acts as the reference does', (form) => {
    const policy = findPolicy(`reactive-${form}`, { minWorkers: 1, maxWorkers: 32, stepDurationS: 8, horizonS: null });
    fc.assert(
      fc.property(anySeen, fc.integer({ min: 1, max: 32 }), (seen, workers) => {
        const [input0, waiting, result, output, , ...rest] = seen.observation;
        const observation = [input0, waiting, result, output, workers, ...rest] as const;
        const enqueued = waiting + result + output + seen.info.inFlight;
        const action = referenceAction({ obs: observation, enqueued }, form);
        const decision = policy.decide({ observation, info: seen.info });
        const wanted = decision.kind === 'scale' ? decision.replicas : workers;
        expect(withinLimits(wanted, limitedBy({ workers })).replicas).toBe(Math.min(32, Math.max(1, workers + action)));
      }),
      { numRuns: 1_000 },
    );
  });
});
