import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { drawArrivals } from '#shared/workload/arrivals.ts';
import { expectedTasks, rateAt, type RateModel } from '#shared/workload/rate.ts';
import { deviation, mean, variance } from '../statistics.ts';
import { anyPhase, anySeed } from './fixtures.ts';

const steadyPhase = (tasks: number) => ({
  name: 'phase',
  durationS: 60,
  rate: { pattern: 'steady', perS: tasks / 60 } as const,
});

describe('as the reference is coded', () => {
  const RUNS = 3000;
  // task-farm reference §2.1: 3,000 runs of its code. Both sides have standard errors, hence √2; four of them are allowed.
  test.each([
    { name: 'first phase', tasks: 90, meanS: 46.23, sdS: 6.22 },
    { name: 'second phase', tasks: 450, meanS: 60.01, sdS: 3.1 },
    { name: 'third phase', tasks: 300, meanS: 59.49, sdS: 3.93 },
    { name: 'fourth phase', tasks: 300, meanS: 59.62, sdS: 3.93 },
  ])('the $name lasts $meanS ± $sdS s and emits $tasks tasks', ({ name, tasks, meanS, sdS }) => {
    const root = new Sfc32(name);
    const drawn = Array.from({ length: RUNS }, (_, run) =>
      drawArrivals(root.fork(String(run)), steadyPhase(tasks), 'as-coded'),
    );
    expect(new Set(drawn.map(({ atMs }) => atMs.length))).toEqual(new Set([tasks]));
    const durations = drawn.map(({ durationMs }) => durationMs / 1000);
    expect(Math.abs(mean(durations) - meanS)).toBeLessThan(4 * Math.SQRT2 * (sdS / Math.sqrt(RUNS)));
    expect(Math.abs(deviation(durations) - sdS)).toBeLessThan(4 * Math.SQRT2 * (sdS / Math.sqrt(2 * RUNS)));
  });

  test('the pattern plays no part: only the number of tasks does', () => {
    const wave: RateModel = { pattern: 'oscillation', minPerS: 2.5, maxPerS: 7.5, cycles: 1 };
    const waving = drawArrivals(new Sfc32(1), { ...steadyPhase(300), rate: wave }, 'as-coded');
    expect(waving).toEqual(drawArrivals(new Sfc32(1), steadyPhase(300), 'as-coded'));
  });

  test('the first task arrives at the very start, and a task that ends its phase has a pause after it', () => {
    const { atMs, durationMs } = drawArrivals(new Sfc32(5), steadyPhase(90), 'as-coded');
    expect(atMs[0]).toBe(0);
    expect(durationMs).toBeGreaterThan(atMs.at(-1)!);
  });

  test.each([
    { name: 'no tasks', tasks: 0, durationS: 60, emitted: 0 },
    { name: 'a fraction of a task is dropped', tasks: 4.5, durationS: 3, emitted: 4 },
    { name: 'a phase shorter than its window', tasks: 3, durationS: 0.5, emitted: 3 },
  ])('$name', ({ tasks, durationS, emitted }) => {
    const rate: RateModel = { pattern: 'steady', perS: tasks / durationS };
    expect(drawArrivals(new Sfc32(1), { name: 'x', durationS, rate }, 'as-coded').atMs).toHaveLength(emitted);
  });
});

describe('as a Poisson process', () => {
  const wave: RateModel = { pattern: 'oscillation', minPerS: 1.5, maxPerS: 8.5, cycles: 4 };
  const ramp: RateModel = {
    pattern: 'ramp',
    points: [
      { atS: 0, perS: 0 },
      { atS: 30, perS: 12 },
      { atS: 30, perS: 3 },
      { atS: 60, perS: 9 },
    ],
  };
  const trace: RateModel = { pattern: 'trace', perS: Array.from({ length: 60 }, (_, second) => (second * 7) % 11) };

  describe.each([
    { name: 'steady', rate: { pattern: 'steady', perS: 5 } satisfies RateModel },
    { name: 'a wave', rate: wave },
    { name: 'a ramp with a jump', rate: ramp },
    { name: 'a trace', rate: trace },
  ])('$name', ({ rate }) => {
    const RUNS = 400;
    const root = new Sfc32('poisson');
    const phase = { name: 'phase', durationS: 60, rate };
    const runs = Array.from({ length: RUNS }, (_, run) => drawArrivals(root.fork(String(run)), phase, 'poisson').atMs);
    const expected = expectedTasks(rate, 60);

    test('the number of tasks has the expected mean, and a variance that equals it', () => {
      const counts = runs.map((atMs) => atMs.length);
      expect(Math.abs(mean(counts) - expected)).toBeLessThan(4 * Math.sqrt(expected / RUNS));
      expect(Math.abs(variance(counts) / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / RUNS));
    });

    test('each second gets its share: the rate is followed on an absolute axis', () => {
      for (let second = 0; second < 60; second += 1) {
        const seen = runs.reduce((sum, atMs) => sum + within(atMs, second * 1000, (second + 1) * 1000), 0);
        const due = RUNS * integral(rate, second, second + 1);
        expect(Math.abs(seen - due)).toBeLessThanOrEqual(4.5 * Math.sqrt(due));
      }
    });
  });

  test('gaps of a steady phase are exponential: as many below their mean as 1 - 1/e', () => {
    const { atMs } = drawArrivals(
      new Sfc32(9),
      { ...steadyPhase(0), durationS: 4000, rate: { pattern: 'steady', perS: 5 } },
      'poisson',
    );
    const gaps = atMs.slice(1).map((at, i) => at - atMs[i]!);
    const below = gaps.filter((gap) => gap < 200).length / gaps.length;
    expect(Math.abs(below - (1 - Math.exp(-1)))).toBeLessThan(0.015);
  });

  test('a silent phase lasts and emits nothing', () => {
    expect(drawArrivals(new Sfc32(1), steadyPhase(0), 'poisson')).toEqual({ durationMs: 60_000, atMs: [] });
  });
});

/** Of the rate over part of a phase of 60 s, by the midpoint rule. */
function integral(rate: RateModel, fromS: number, toS: number): number {
  const STEPS = 100;
  const stepS = (toS - fromS) / STEPS;
  let sum = 0;
  for (let i = 0; i < STEPS; i += 1) sum += rateAt(rate, fromS + (i + 0.5) * stepS, 60) * stepS;
  return sum;
}

function within(atMs: readonly number[], fromMs: number, toMs: number): number {
  return atMs.filter((at) => at >= fromMs && at < toMs).length;
}

test('arrivals are in order, and a Poisson phase keeps them within the time that it declares', () => {
  fc.assert(
    fc.property(
      anyPhase,
      anySeed,
      fc.constantFrom('poisson' as const, 'as-coded' as const),
      (phase, seed, emission) => {
        const { atMs, durationMs } = drawArrivals(new Sfc32(seed), phase, emission);
        expect([...atMs].sort((a, b) => a - b)).toEqual(atMs);
        if (emission === 'poisson') expect(durationMs).toBe(phase.durationS * 1000);
        for (const at of atMs) {
          expect(at).toBeGreaterThanOrEqual(0);
          expect(at).toBeLessThanOrEqual(durationMs);
        }
      },
    ),
  );
});
