import { expect, test } from 'vitest';
import { countByQuartile, quartileEdges } from '#autoscaler/sim/farm/quartiles.ts';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { ServiceSampler } from '#shared/workload/service.ts';
import { simulated } from '../support/simulated.ts';

const { service } = findWorkload('reference', defaultConfig);

test('the edges part a workload’s tasks into four quarters', () => {
  const rng = new Sfc32('another sample');
  const count = 20_000;
  const sampler = new ServiceSampler(service);
  const serviceMs = Float64Array.from({ length: count }, () => sampler.sample(rng).serviceMs);
  for (const quarter of countByQuartile({ serviceMs, count, edges: quartileEdges(service) })) {
    expect(quarter / count).toBeCloseTo(0.25, 1.5);
  }
});

test('counts what is allowed to count, the shortest first', () => {
  const serviceMs = Float64Array.of(5, 10, 15, 20, 30, 99, 1);
  const edges = [10, 20, 30] as const;
  expect(countByQuartile({ serviceMs, count: 6, edges })).toEqual([1, 2, 1, 2]);
  expect(countByQuartile({ serviceMs, count: 6, edges, counted: Uint8Array.of(1, 0, 1, 0, 1, 1) })).toEqual([
    1, 1, 0, 2,
  ]);
});

test('an environment tells the QoS of its episode by quarter', () => {
  const environment = simulated({ workload: 'reference-as-coded', initialWorkers: 11 });
  environment.reset({ seed: 3 });
  let result = environment.step(1);
  while (!result.terminated && !result.truncated) result = environment.step(1);
  const { emitted, met } = result.info.counts;
  const quarters = environment.qosByQuartile();
  expect(Math.min(...quarters)).toBeLessThan(met / emitted);
  expect(Math.max(...quarters)).toBeGreaterThan(met / emitted);
  // First in, first out, the short tasks are late first: their deadlines leave them the least time to wait.
  expect(quarters[0]).toBeLessThan(quarters[3]);
});
