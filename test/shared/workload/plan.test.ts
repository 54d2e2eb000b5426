import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { phaseOrder } from '#shared/workload/phase-order.ts';
import { planPhase, planWorkload } from '#shared/workload/plan.ts';
import { anyPhase, anySeed, anyWorkload, defaults, workloadOf } from './fixtures.ts';

describe('a plan', () => {
  test('is a pure function of workload and seed, bit for bit', () => {
    fc.assert(
      fc.property(anyWorkload, anySeed, (workload, seed) => {
        const again = planWorkload(structuredClone(workload), { seed });
        expect(again.phases).toStrictEqual(planWorkload(workload, { seed }).phases);
      }),
    );
  });

  test('survives JSON: a restarted emitter that reads its workload back plans the same', () => {
    fc.assert(
      fc.property(anyWorkload, anySeed, (workload, seed) => {
        const stored = JSON.parse(JSON.stringify(workload)) as typeof workload;
        expect(planWorkload(stored, { seed }).phases).toEqual(planWorkload(workload, { seed }).phases);
      }),
    );
  });

  test('has every phase once, counts its tasks, and keeps their order and times', () => {
    fc.assert(
      fc.property(anyWorkload, anySeed, (workload, seed) => {
        const { phases, totalTasks } = planWorkload(workload, { seed });
        expect(phases.map(({ index }) => index)).toEqual(workload.arrivals.map((_, index) => index));
        expect(phases.map(({ name }) => name).sort()).toEqual(workload.arrivals.map(({ name }) => name).sort());
        expect(totalTasks).toBe(phases.reduce((sum, { tasks }) => sum + tasks.length, 0));
        for (const { tasks, durationMs } of phases) {
          const at = tasks.map(({ atMs }) => atMs);
          expect(at).toEqual([...at].sort((a, b) => a - b));
          if (workload.emission === 'poisson') expect(at.every((ms) => ms >= 0 && ms < durationMs)).toBe(true);
        }
      }),
    );
  });

  test('of one phase alone is that phase of the whole plan', () => {
    fc.assert(
      fc.property(anyWorkload, anySeed, (workload, seed) => {
        for (const phase of planWorkload(workload, { seed }).phases) {
          expect(planPhase(workload, { seed, index: phase.index })).toStrictEqual(phase);
        }
      }),
    );
  });

  test('of another seed is another one', () => {
    const workload = findWorkload('reference', defaults);
    expect(planWorkload(workload, { seed: 0 }).phases).not.toEqual(planWorkload(workload, { seed: 1 }).phases);
  });

  test('has no phase beyond the last', () => {
    const workload = findWorkload('reference', defaults);
    expect(() => planPhase(workload, { seed: 1, index: 4 })).toThrow('reference: no phase 4; it has 0 to 3');
  });

  test('of `reference` takes well under 50 ms', () => {
    const workload = findWorkload('reference', defaults);
    planWorkload(workload, { seed: 1 });
    const clock = new SystemClock();
    const times = Array.from({ length: 5 }, (_, seed) => {
      const before = clock.monotonic();
      planWorkload(workload, { seed });
      return clock.monotonic() - before;
    });
    expect(Math.min(...times)).toBeLessThan(25);
  });
});

describe('each consumer draws from a stream of its own', () => {
  test('so another phase before, after or in its place changes no task of the others', () => {
    fc.assert(
      fc.property(fc.array(anyPhase, { minLength: 2, maxLength: 4 }), anyPhase, anySeed, (arrivals, other, seed) => {
        const changed = workloadOf([other, ...arrivals.slice(1)]);
        const before = planWorkload(workloadOf(arrivals), { seed }).phases.slice(1);
        expect(planWorkload(changed, { seed }).phases.slice(1)).toEqual(before);
      }),
    );
  });

  test('so other service times leave the arrivals where they were', () => {
    fc.assert(
      fc.property(anyWorkload, anySeed, fc.double({ min: 0.1, max: 9, noNaN: true }), (workload, seed, shape) => {
        const at = (used: typeof workload) =>
          planWorkload(used, { seed }).phases.map(({ tasks }) => tasks.map(({ atMs }) => atMs));
        expect(at({ ...workload, service: { ...workload.service, shape } })).toEqual(at(workload));
      }),
    );
  });

  test('so other arrivals leave the sizes in their order', () => {
    const sizes = (perS: number): number[] =>
      planPhase(workloadOf([{ name: 'x', durationS: 60, rate: { pattern: 'steady', perS } }]), {
        seed: 3,
        index: 0,
      }).tasks.map(({ sizePx }) => sizePx);
    const [few, many] = [sizes(2), sizes(9)];
    expect(many.slice(0, few.length)).toEqual(few);
  });
});

describe('phase shuffle', () => {
  const phases = ['a', 'b', 'c', 'd'].map((name) => ({
    name,
    durationS: 10,
    rate: { pattern: 'steady', perS: 3 } as const,
  }));
  const orders = (phaseShuffleSeed: number | null, seeds = 480): string[] =>
    Array.from({ length: seeds }, (_, seed) =>
      phaseOrder(workloadOf(phases, { phaseShuffle: true, phaseShuffleSeed }), seed).join(''),
    );

  test('is off unless asked for, also with a seed', () => {
    expect(phaseOrder(workloadOf(phases, { phaseShuffleSeed: 42 }), 7)).toEqual([0, 1, 2, 3]);
  });

  test.each([{ phaseShuffleSeed: null }, { phaseShuffleSeed: 42 }])(
    'gives each seed an order of its own, all 24 equally often (phaseShuffleSeed $phaseShuffleSeed)',
    ({ phaseShuffleSeed }) => {
      const seen = new Map<string, number>();
      for (const order of orders(phaseShuffleSeed, 4800)) seen.set(order, (seen.get(order) ?? 0) + 1);
      expect(seen.size).toBe(24);
      // 200 each, ± 14; five deviations.
      for (const count of seen.values()) expect(Math.abs(count - 200)).toBeLessThan(70);
    },
  );

  test('depends on both seeds when there are two', () => {
    expect(orders(42)).toEqual(orders(42));
    expect(orders(42)).not.toEqual(orders(43));
    expect(orders(42)).not.toEqual(orders(null));
  });

  test('moves phases and leaves their tasks as they are', () => {
    const listed = planWorkload(workloadOf(phases), { seed: 5 }).phases;
    const shuffled = planWorkload(workloadOf(phases, { phaseShuffle: true }), { seed: 5 }).phases;
    expect(shuffled.map(({ name }) => name)).not.toEqual(listed.map(({ name }) => name));
    for (const { name, tasks } of shuffled) expect(tasks).toEqual(listed.find((phase) => phase.name === name)?.tasks);
  });
});
