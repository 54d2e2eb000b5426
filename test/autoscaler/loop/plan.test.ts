import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan, type PlanInput } from '#autoscaler/loop/plan.ts';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { anySeen } from '../support/sightings.ts';

const to = (replicas: number): PlanInput['decision'] => ({ kind: 'scale', replicas, because: 'so' });
const hold: PlanInput['decision'] = { kind: 'hold', because: 'enough' };

function input(change: Partial<PlanInput>): PlanInput {
  return {
    decision: hold,
    workers: 12,
    bounds: { minWorkers: 1, maxWorkers: 32, maxScalingStep: 1 },
    limit: null,
    draining: false,
    ...change,
  };
}

const bounds = (minWorkers: number, maxWorkers: number, maxScalingStep: number) => ({
  minWorkers,
  maxWorkers,
  maxScalingStep,
});

describe('plan', () => {
  test.each([
    ['one more at a time', { decision: to(20) }, 'up', 13, 'so; 20 wanted, 1 a step'],
    ['one fewer at a time', { decision: to(3) }, 'down', 11, 'so; 3 wanted, 1 a step'],
    [
      'larger steps by configuration',
      { decision: to(20), bounds: bounds(1, 32, 4) },
      'up',
      16,
      'so; 20 wanted, 4 a step',
    ],
    ['a change within the step needs no comment', { decision: to(13) }, 'up', 13, 'so'],
    ['a hold holds', {}, 'hold', undefined, 'enough'],
    ['where it is already', { decision: to(12) }, 'hold', undefined, 'so'],
    ['over the maximum comes down at once', { workers: 40 }, 'down', 32, 'enough; kept from 1 to 32'],
    [
      'and not by steps, whatever the policy says',
      { workers: 40, decision: to(40) },
      'down',
      32,
      'so; kept from 1 to 32',
    ],
    [
      'under the minimum goes up at once',
      { workers: 0, bounds: bounds(4, 32, 1) },
      'up',
      4,
      'enough; kept from 4 to 32',
    ],
    [
      'a policy out of bounds is kept in them',
      { workers: 32, decision: to(50) },
      'hold',
      undefined,
      'so; 50 wanted, 1 a step; kept from 1 to 32',
    ],
    [
      'no more than the platform grants',
      { workers: 5, decision: to(6), limit: 5 },
      'hold',
      undefined,
      'so; the platform grants no more than 5',
    ],
    ['a limit does not take workers away', { workers: 7, limit: 5 }, 'hold', undefined, 'enough'],
    ['a limit does not stop a scale-down', { workers: 7, limit: 5, decision: to(6) }, 'down', 6, 'so'],
    [
      'a limit under the minimum stands',
      { workers: 5, limit: 5, bounds: bounds(8, 32, 1) },
      'hold',
      undefined,
      'enough; kept from 8 to 32; the platform grants no more than 5',
    ],
    [
      'one scale-down at a time',
      { decision: to(11), draining: true },
      'hold',
      undefined,
      'so; an earlier scale-down still waits for its workers',
    ],
    ['a scale-up does not wait for a scale-down', { decision: to(13), draining: true }, 'up', 13, 'so'],
  ] as const)('%s', (_case, change, ...[kind, replicas, because]) => {
    expect(plan(input(change))).toEqual({ kind, because, ...(replicas === undefined ? {} : { replicas }) });
  });

  test('keeps min ≤ replicas ≤ max and the step, whatever a policy wants', () => {
    const anyInput = fc.record({
      decision: fc.oneof(fc.constant(hold), fc.integer({ min: -5, max: 60 }).map(to)),
      workers: fc.nat({ max: 40 }),
      bounds: fc
        .tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 31 }))
        .map(([a, b, step]) => bounds(Math.min(a, b), Math.max(a, b), step)),
      limit: fc.option(fc.nat({ max: 40 }), { nil: null }),
      draining: fc.boolean(),
    });
    fc.assert(
      fc.property(anyInput, (given) => {
        const planned = plan(given);
        if (planned.kind === 'hold') return;
        const { workers, bounds: b, limit } = given;
        const inside = workers >= b.minWorkers && workers <= b.maxWorkers;
        if (inside) expect(Math.abs(planned.replicas - workers)).toBeLessThanOrEqual(b.maxScalingStep);
        expect(planned.replicas).toBeLessThanOrEqual(Math.max(b.maxWorkers, limit ?? 0));
        if (planned.kind === 'down') {
          expect(planned.replicas).toBeLessThan(workers);
          expect(planned.replicas).toBeGreaterThanOrEqual(b.minWorkers);
          expect(given.draining).toBe(false);
        } else {
          expect(planned.replicas).toBeGreaterThan(workers);
          expect(planned.replicas).toBeLessThanOrEqual(b.maxWorkers);
          if (limit !== null) expect(planned.replicas).toBeLessThanOrEqual(limit);
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
        const planned = plan(input({ workers, decision: policy.decide({ observation, info: seen.info }) }));
        const done = planned.kind === 'hold' ? workers : planned.replicas;
        expect(done).toBe(Math.min(32, Math.max(1, workers + action)));
      }),
      { numRuns: 1_000 },
    );
  });
});
