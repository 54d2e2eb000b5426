import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedTasks, peakRate, rateAt, rateModel, type RateModel } from '#shared/workload/rate.ts';
import { anyRate } from './fixtures.ts';

const wave: RateModel = { pattern: 'oscillation', minPerS: 0.5, maxPerS: 1.5, cycles: 1 };
const jumpy: RateModel = {
  pattern: 'ramp',
  points: [
    { atS: 10, perS: 2 },
    { atS: 20, perS: 6 },
    { atS: 20, perS: 1 },
    { atS: 40, perS: 1 },
  ],
};

describe('rateAt', () => {
  test.each([
    { name: 'an oscillation begins at its middle', rate: wave, atS: 0, perS: 1 },
    { name: 'and rises first', rate: wave, atS: 15, perS: 1.5 },
    { name: 'and is lowest after three quarters', rate: wave, atS: 45, perS: 0.5 },
    { name: 'a ramp holds its first rate before', rate: jumpy, atS: 3, perS: 2 },
    { name: 'and is straight between points', rate: jumpy, atS: 15, perS: 4 },
    { name: 'and has jumped where two points share a time', rate: jumpy, atS: 20, perS: 1 },
    { name: 'and holds its last rate after', rate: jumpy, atS: 59, perS: 1 },
    { name: 'a trace holds each rate for a second', rate: { pattern: 'trace', perS: [3, 8] }, atS: 0.99, perS: 3 },
    { name: 'and changes on the second', rate: { pattern: 'trace', perS: [3, 8] }, atS: 1, perS: 8 },
  ] as const)('$name', ({ rate, atS, perS }) => {
    expect(rateAt(rate as RateModel, atS, 60)).toBeCloseTo(perS, 12);
  });

  test('lies between 0 and the peak everywhere', () => {
    fc.assert(
      fc.property(anyRate, fc.double({ min: 0, max: 60, noNaN: true }), (rate, atS) => {
        const perS = rateAt(rate, atS, 60);
        // A sine and its peak round differently in the last place.
        expect(perS).toBeGreaterThanOrEqual(-1e-12);
        expect(perS).toBeLessThanOrEqual(peakRate(rate) + 1e-12);
      }),
    );
  });
});

describe('expectedTasks', () => {
  test.each([
    { name: 'steady', rate: { pattern: 'steady', perS: 7.5 }, durationS: 60, tasks: 450 },
    { name: 'a whole sine has its middle as its mean', rate: wave, durationS: 60, tasks: 60 },
    { name: 'half a sine has more', rate: { ...wave, cycles: 0.5 }, durationS: 60, tasks: 60 + 60 / Math.PI },
    { name: 'a ramp from its first point to after its last', rate: jumpy, durationS: 60, tasks: 20 + 40 + 20 + 20 },
    { name: 'a ramp cut off by the phase', rate: jumpy, durationS: 15, tasks: 20 + 15 },
    { name: 'a ramp cut off at its jump', rate: jumpy, durationS: 20, tasks: 20 + 40 },
    { name: 'a trace', rate: { pattern: 'trace', perS: [1, 2, 3] }, durationS: 3, tasks: 6 },
    { name: 'a trace cut off within a second', rate: { pattern: 'trace', perS: [1, 2, 3] }, durationS: 1.5, tasks: 2 },
  ] as const)('$name', ({ rate, durationS, tasks }) => {
    expect(expectedTasks(rate as RateModel, durationS)).toBeCloseTo(tasks, 9);
  });

  test('is the integral of rateAt', () => {
    const STEPS = 6000;
    fc.assert(
      fc.property(anyRate, (rate) => {
        let sum = 0;
        for (let i = 0; i < STEPS; i += 1) sum += (rateAt(rate, ((i + 0.5) * 60) / STEPS, 60) * 60) / STEPS;
        expect(expectedTasks(rate, 60)).toBeCloseTo(sum, 0);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a rate that cannot be', () => {
  const parse = (value: unknown): string => rateModel.safeParse(value).error?.issues[0]?.message ?? 'accepted';
  const steady = { pattern: 'steady', perS: 5 };

  test.each([
    { name: 'no rate at all', value: 5, message: 'expected a rate with pattern steady, oscillation, ramp or trace' },
    {
      name: 'no pattern',
      value: { perS: 5 },
      message: 'expected a rate with pattern steady, oscillation, ramp or trace',
    },
    { name: 'a negative rate', value: { ...steady, perS: -1 }, message: 'expected a rate in tasks/s, 0 or more' },
    {
      name: 'an infinite rate',
      value: { ...steady, perS: Infinity },
      message: 'expected a rate in tasks/s, 0 or more',
    },
    {
      name: 'a key too many',
      value: { ...steady, cycles: 2 },
      message: 'unrecognised key "cycles"; allowed: pattern, perS',
    },
    { name: 'minimum over maximum', value: { ...wave, minPerS: 2 }, message: 'expected at most maxPerS' },
    { name: 'no cycles', value: { ...wave, cycles: 0 }, message: 'expected a number of cycles over 0' },
    {
      name: 'a ramp without points',
      value: { pattern: 'ramp', points: [] },
      message: 'expected at least one point {atS, perS}',
    },
    {
      name: 'points out of order',
      value: {
        pattern: 'ramp',
        points: [
          { atS: 5, perS: 1 },
          { atS: 4, perS: 1 },
        ],
      },
      message: 'expected points in order of atS',
    },
    { name: 'an empty trace', value: { pattern: 'trace', perS: [] }, message: 'expected at least one rate' },
  ])('$name: $message', ({ value, message }) => {
    expect(parse(value)).toBe(message);
  });
});
