import { describe, expect, test } from 'vitest';
import { FarmhandError } from '#shared/errors.ts';
import { findWorkload, workloadNames } from '#shared/workload/catalogue.ts';
import { planWorkload } from '#shared/workload/plan.ts';
import { expectedTasks, peakRate, rateAt } from '#shared/workload/rate.ts';
import { withKind } from '#shared/workload/service-settings.ts';
import { workloadSchema } from '#shared/workload/workload.ts';
import { mean } from '../statistics.ts';
import { defaults } from './fixtures.ts';

test('the names are these', () => {
  expect(workloadNames).toEqual([
    'reference',
    'reference-as-coded',
    'quick',
    'ramp',
    'spike',
    'variable',
    'constant',
    'burst',
    'sine',
  ]);
});

test('an unknown name is refused with the names that there are', () => {
  expect(() => findWorkload('refrence', defaults)).toThrow(
    new FarmhandError('UNKNOWN_WORKLOAD', `workload "refrence" is unknown; the names are ${workloadNames.join(', ')}`),
  );
});

describe.each(workloadNames)('%s', (name) => {
  const workload = findWorkload(name, defaults);

  test('keeps the schema, bears its name and says what it is', () => {
    expect(workloadSchema.parse(workload)).toEqual(workload);
    expect(workload.name).toBe(name);
    expect(workload.description).not.toBe('');
  });

  test('emits about as many tasks as expected', () => {
    const expected = workload.arrivals.reduce((sum, { rate, durationS }) => sum + expectedTasks(rate, durationS), 0);
    const totals = Array.from({ length: 20 }, (_, seed) => planWorkload(workload, { seed }).totalTasks);
    expect(Math.abs(mean(totals) - expected)).toBeLessThanOrEqual(4 * Math.sqrt(expected / 20));
  });
});

describe('reference', () => {
  const workload = findWorkload('reference', defaults);

  test("has the phases, rates and tasks of the reference's README", () => {
    const rows = workload.arrivals.map(({ name, durationS, rate }) => ({
      name,
      durationS,
      tasks: Math.round(expectedTasks(rate, durationS) * 1e6) / 1e6,
    }));
    expect(rows).toEqual([
      { name: 'Steady Low Load', durationS: 60, tasks: 90 },
      { name: 'Steady High Load', durationS: 60, tasks: 450 },
      { name: 'Slow Oscillation', durationS: 60, tasks: 300 },
      { name: 'Fast Oscillation', durationS: 60, tasks: 300 },
    ]);
  });

  test.each([
    { name: 'slow, at its crest', phase: 2, atS: 15, perS: 7.5 },
    { name: 'slow, in its trough', phase: 2, atS: 45, perS: 2.5 },
    { name: 'fast, at its first crest', phase: 3, atS: 3.75, perS: 8.5 },
    { name: 'fast, in its first trough', phase: 3, atS: 11.25, perS: 1.5 },
    { name: 'fast, at its last crest', phase: 3, atS: 48.75, perS: 8.5 },
  ])('really oscillates: $name, $perS tasks/s', ({ phase, atS, perS }) => {
    const { rate, durationS } = workload.arrivals[phase]!;
    expect(rateAt(rate, atS, durationS)).toBeCloseTo(perS, 9);
  });

  test("is timed as the reference's runs were", () => {
    const control = { stepDurationS: 8, observationWindowS: 8, initialWorkers: 12, maxSteps: 30 };
    expect(workload).toMatchObject({ control, kind: 'calibrated', emission: 'poisson' });
    expect(findWorkload('reference-as-coded', defaults)).toMatchObject({ control, kind: 'calibrated' });
  });
});

test('reference-as-coded emits 90, 450, 300 and 300 tasks, whatever the seed, in about 225 s', () => {
  const workload = findWorkload('reference-as-coded', defaults);
  const plans = Array.from({ length: 200 }, (_, seed) => planWorkload(workload, { seed }));
  for (const { phases, totalTasks } of plans) {
    expect(phases.map(({ tasks }) => tasks.length)).toEqual([90, 450, 300, 300]);
    expect(totalTasks).toBe(1140);
  }
  // task-farm reference §2.1: 225.4 ± 8.9 s.
  const totalS = plans.map(({ phases }) => phases.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000);
  expect(Math.abs(mean(totalS) - 225.4)).toBeLessThan((4 * 8.9) / Math.sqrt(200));
});

describe('quick', () => {
  const workload = findWorkload('quick', defaults);
  const plans = Array.from({ length: 100 }, (_, seed) => planWorkload(workload, { seed }));
  const cores = (from: { durationMs: number; tasks: readonly { serviceMs: number }[] }[]): number =>
    from.flatMap(({ tasks }) => tasks).reduce((sum, { serviceMs }) => sum + serviceMs, 0) /
    from.reduce((sum, { durationMs }) => sum + durationMs, 0);

  test('lasts 20 s on real images, with short steps', () => {
    expect(workload.arrivals.reduce((sum, { durationS }) => sum + durationS, 0)).toBe(20);
    expect(workload).toMatchObject({
      kind: 'image',
      control: { stepDurationS: 1, observationWindowS: 2, initialWorkers: 2 },
    });
  });

  test('asks for a third of a core in the mean, and for less than one in every phase', () => {
    expect(cores(plans.flatMap(({ phases }) => phases))).toBeCloseTo(0.3, 1);
    for (const index of workload.arrivals.keys()) {
      expect(cores(plans.map(({ phases }) => phases[index]!))).toBeLessThan(0.9);
    }
  });
});

describe('the shapes', () => {
  test.each([
    {
      name: 'ramp',
      points: [
        [0, 0],
        [120, 6.5],
        [239.9, 12.99],
      ],
    },
    {
      name: 'spike',
      points: [
        [24, 1],
        [47.99, 12.98],
        [100, 13],
        [200, 1],
      ],
    },
    {
      name: 'variable',
      points: [
        [20, 12],
        [60, 6],
        [100, 12],
        [140, 6],
        [180, 12],
        [220, 6],
      ],
    },
    {
      name: 'constant',
      points: [
        [0, 5],
        [239, 5],
      ],
    },
    {
      name: 'burst',
      points: [
        [20, 2],
        [30, 12],
        [39.9, 12],
        [40, 2],
        [75, 12],
        [235, 12],
      ],
    },
    {
      name: 'sine',
      points: [
        [0, 6],
        [30, 11],
        [90, 1],
        [150, 11],
        [210, 1],
      ],
    },
  ])('$name has these rates', ({ name, points }) => {
    const { rate, durationS } = findWorkload(name, defaults).arrivals[0]!;
    for (const [atS, perS] of points) expect(rateAt(rate, atS!, durationS)).toBeCloseTo(perS!, 1);
  });

  test.each(['ramp', 'spike', 'variable', 'constant', 'burst', 'sine'])(
    '%s is one phase of four minutes, and wants at most 20 workers of 1.47 s',
    (name) => {
      const { arrivals, kind } = findWorkload(name, defaults);
      expect(arrivals).toHaveLength(1);
      expect(arrivals[0]!.durationS).toBe(240);
      expect(peakRate(arrivals[0]!.rate) * 1.473).toBeLessThan(20);
      expect(kind).toBe('calibrated');
    },
  );
});

describe('withKind', () => {
  test('keeps the load and takes the timing model of the other kind, so sizes follow', () => {
    const { a, b } = defaults.workload.imageModel;
    const calibrated = findWorkload('constant', defaults);
    const image = withKind(calibrated, 'image', defaults.workload);
    expect(image).toEqual({
      ...calibrated,
      kind: 'image',
      service: { ...calibrated.service, model: { a, b } },
    });
    expect(withKind(image, 'calibrated', defaults.workload)).toEqual(calibrated);
  });

  test('changes nothing when the kind is the same', () => {
    const quick = findWorkload('quick', defaults);
    expect(withKind(quick, 'image', defaults.workload)).toBe(quick);
  });
});
