import { describe, expect, test } from 'vitest';
import type { Seen } from '#autoscaler/observation.ts';
import { Cusum } from '#autoscaler/shield/drift/cusum.ts';
import { DriftWatch, type DriftSettings, type TrainedPopulation } from '#autoscaler/shield/drift/drift-watch.ts';
import { LoadSampler } from '#autoscaler/shield/drift/load-sample.ts';
import { populationOf, stabilityIndex } from '#autoscaler/shield/drift/population.ts';
import { trainedPopulation } from '#autoscaler/shield/drift/trained-population.ts';
import { parseConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { seen } from '../support/sightings.ts';

const settings: DriftSettings = {
  ...{ tolerance: 2, strikes: 3, windowSteps: 50, psi: 0.25, qosAllowance: 0.1, qosLimit: 1 },
};

describe('the population stability index', () => {
  test('is what its formula says, less what chance gives', () => {
    const expected = { count: 1e9, low: 0, high: 2, edges: [1], shares: [0.5, 0.5] };
    const values = [...new Array<number>(800).fill(0), ...new Array<number>(200).fill(2)];
    expect(stabilityIndex(values, expected)).toBeCloseTo(0.3 * Math.log(1.6) + 0.3 * Math.log(2.5) - 10.828 / 1000, 6);
  });

  test('stays small for another sample of the same, and grows for another population', () => {
    const rng = new Sfc32('psi');
    const draw = (mean: number, count: number): number[] =>
      Array.from({ length: count }, () => mean * -Math.log(1 - rng.float()));
    const expected = populationOf(draw(1, 300));
    const same = Array.from({ length: 40 }, () => stabilityIndex(draw(1, 120), expected));
    expect(Math.max(...same)).toBeLessThan(0.02);
    expect(stabilityIndex(draw(2.5, 120), expected)).toBeGreaterThan(0.25);
  });

  test('a value that all share is a population of one bin', () => {
    expect(populationOf([3, 3, 3])).toEqual({ count: 3, low: 3, high: 3, edges: [], shares: [1] });
    expect(stabilityIndex([3, 3], populationOf([3, 3, 3]))).toBe(0);
  });
});

test('CUSUM adds up what is short of the promise beyond the allowance, and forgets when it is kept', () => {
  const cusum = new Cusum({ expected: 0.99, allowance: 0.1 });
  const after = [0.5, 0.5, 0.4].map((qos) => {
    cusum.add(qos, 1);
    return cusum.sum;
  });
  expect(after.map((sum) => sum.toFixed(2))).toEqual(['0.39', '0.78', '1.27']);
  cusum.add(0, 0.1);
  expect(cusum.sum).toBeCloseTo(1.27 + 0.089);
  for (let step = 0; step < 20; step += 1) cusum.add(1, 1);
  expect(cusum.sum).toBe(0);
});

test('samples: a step without arrivals is no load, and variability is of six rates', () => {
  const sampler = new LoadSampler();
  expect(sampler.take({ arrivalRate: 0, serviceS: 1 })).toEqual({ arrivalRate: null, serviceS: 1, variability: null });
  for (const rate of [1, 2, 3, 4, 5])
    expect(sampler.take({ arrivalRate: rate, serviceS: null }).variability).toBeNull();
  // 1 to 6: mean 3.5, variance 3.5.
  expect(sampler.take({ arrivalRate: 6, serviceS: null }).variability).toBeCloseTo(Math.sqrt(3.5) / 3.5);
});

/** Looks of a farm with this rate and service time, and a QoS of tasks that were collected. */
function looks(steps: readonly { rate: number; serviceS?: number; qos?: number }[]): Seen[] {
  return steps.map(({ rate, serviceS = 1.5, qos = 1 }, step) => {
    const { observation, info } = seen({ rate });
    const [a, b, c, , d, e, f, g] = observation;
    return { observation: [a, b, c, 50 * (step + 1), d, e, f, g, qos], info: { ...info, meanServiceS: serviceS } };
  });
}

const trained: TrainedPopulation = {
  arrivalRate: populationOf(Array.from({ length: 301 }, (_, k) => 2 + k / 50)),
  serviceS: populationOf(Array.from({ length: 301 }, (_, k) => 1 + k / 300)),
};

function findings(of: { trained: TrainedPopulation | null }, steps: Parameters<typeof looks>[0]) {
  const watch = new DriftWatch({ settings, trained: of.trained, expectedQos: 0.99 });
  return looks(steps).map((look) => watch.see(look, { inCharge: true }));
}

describe('DriftWatch', () => {
  test.each([
    [
      'a rate',
      { rate: 17 },
      'the arrival rate in tasks/s is 17.00, and training met 2.00 to 8.00: 3 steps in a row are outside',
    ],
    ['a rate under it', { rate: 0.9 }, /^the arrival rate in tasks\/s is 0\.90/],
    ['a service time', { rate: 5, serviceS: 4.1 }, /^the service time in s is 4\.10, and training met 1\.00 to 2\.00/],
  ])('%s outside of training is found in three steps', (_case, step, because) => {
    const found = findings({ trained }, [{ rate: 5 }, step, step, step]);
    expect(found.slice(0, 3)).toEqual([null, null, null]);
    expect(found[3]).toMatchObject({ fault: 'drift', because: expect.stringMatching(because) as string });
  });

  test('what is within the tolerance, or alone, is none', () => {
    const steps = Array.from({ length: 40 }, (_, k) => ({ rate: k % 3 === 0 ? 30 : 15 }));
    expect(findings({ trained }, steps).filter((finding) => finding !== null)).toEqual([]);
  });

  test('a shift within the range is found by population, when a window is full', () => {
    const steps = Array.from({ length: 50 }, () => ({ rate: 7.9 }));
    const found = findings({ trained }, steps);
    expect(found.findIndex((finding) => finding !== null)).toBe(49);
    expect(found[49]!.because).toMatch(
      /^the arrival rate in tasks\/s of the last 50 steps is distributed otherwise: PSI \d/,
    );
  });

  test('without training, the first two windows are what is compared with', () => {
    const rng = new Sfc32('baseline');
    const rates = (mean: number, steps: number) =>
      Array.from({ length: steps }, () => ({ rate: mean * (0.5 + rng.float()) }));
    const found = findings({ trained: null }, [...rates(4, 400), ...rates(8, 60)]);
    const first = found.findIndex((finding) => finding !== null);
    expect(first).toBeGreaterThan(400);
  });

  test('QoS far below the promise is found in three steps, and only while the policy is in charge', () => {
    const steps = Array.from({ length: 4 }, () => ({ rate: 5, qos: 0.5 }));
    const found = findings({ trained }, steps);
    expect(found.map((finding) => finding?.fault ?? null)).toEqual([null, null, 'qos', 'qos']);
    const watch = new DriftWatch({ settings, trained, expectedQos: 0.99 });
    expect(looks(steps).map((look) => watch.see(look, { inCharge: false }))).toEqual([null, null, null, null]);
  });
});

test('a workload is what training on it met: of reference, 1.5 s a task and rates to 8.5 tasks/s', () => {
  const config = parseConfig('', { file: 'farm.yml', environment: {} });
  const { arrivalRate, serviceS, variability } = trainedPopulation(findWorkload('reference', config));
  expect(serviceS!.low).toBeGreaterThan(0.9);
  expect(serviceS!.high).toBeLessThan(2.4);
  expect(arrivalRate!.high).toBeGreaterThan(7.5);
  expect(arrivalRate!.high).toBeLessThan(12);
  expect(variability!.count).toBeGreaterThan(20);
});
