import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FarmSim } from '#autoscaler/sim/farm/farm-sim.ts';
import { LanesLine } from '#autoscaler/sim/farm/lanes-line.ts';
import { timingProfile } from '#autoscaler/sim/profiles/catalogue.ts';
import type { DispatchRule } from '#shared/queue/lane-rule.ts';
import { Sfc32 } from '#shared/rng.ts';
import { simulated } from '../support/simulated.ts';

const SEEDS = 60;

/** Mean QoS of a static pool on the reference workload as its emitter sends it, in all and by quarter of service times. */
function staticPool(workers: number, more: { dispatch: DispatchRule['dispatch']; estimateError?: number }) {
  const environment = simulated({ workload: 'reference-as-coded', initialWorkers: workers, ...more });
  let qos = 0;
  const quarters = [0, 0, 0, 0];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    environment.reset({ seed });
    let result = environment.step(1);
    while (!result.terminated && !result.truncated) result = environment.step(1);
    const { emitted, met } = result.info.counts;
    qos += met / emitted / SEEDS;
    environment.qosByQuartile().forEach((share, quarter) => (quarters[quarter]! += share / SEEDS));
  }
  return { qos, worst: Math.min(...quarters) };
}

describe('13 workers on the reference workload', () => {
  const fifo = staticPool(13, { dispatch: 'fifo' });
  const lanes = staticPool(13, { dispatch: 'lanes' });

  test('meet about 95 % of the deadlines first in, first out, and over 99 % by deadline', () => {
    expect(fifo.qos).toBeGreaterThan(0.94);
    expect(fifo.qos).toBeLessThan(0.965);
    expect(lanes.qos).toBeGreaterThan(0.99);
  });

  test('leave no quarter of the tasks behind by deadline, as they do the short ones first in, first out', () => {
    expect(fifo.worst).toBeLessThan(0.92);
    expect(lanes.worst).toBeGreaterThan(0.985);
  });

  test('lose less than a point when the queue misjudges service times by up to half', () => {
    const misjudged = staticPool(13, { dispatch: 'lanes', estimateError: 0.5 });
    expect(misjudged.qos).toBeGreaterThan(lanes.qos - 0.01);
    expect(misjudged.qos).toBeLessThan(lanes.qos);
  });
});

test('overloaded, a pool still meets most deadlines by deadline, and hardly any first in, first out', () => {
  expect(staticPool(9, { dispatch: 'fifo' }).qos).toBeLessThan(0.4);
  expect(staticPool(9, { dispatch: 'lanes' }).qos).toBeGreaterThan(0.85);
});

const taskColumns = fc.array(
  fc.record({ afterMs: fc.nat(2_000), serviceMs: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.constant(60_000)) }),
  { minLength: 1, maxLength: 200 },
);

test('every task is collected once, whatever comes and however wrong the estimates are', () => {
  fc.assert(
    fc.property(
      taskColumns,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, 0.5),
      (rows, workers, estimateError) => {
        let atMs = 0;
        const tasks = {
          count: rows.length,
          atMs: Float64Array.from(rows, ({ afterMs }) => (atMs += afterMs)),
          serviceMs: Float64Array.from(rows, ({ serviceMs }) => serviceMs),
          phaseEndsMs: [atMs],
        };
        const farm = new FarmSim({
          profile: timingProfile('reference'),
          deadline: { coefficient: 2, floorMs: 100, capMs: 30_000 },
          line: new LanesLine({ lateEvery: 3 }),
          estimateError,
        });
        farm.begin({ tasks, workers, rng: new Sfc32(1) });
        farm.advance(atMs);
        const seen = farm.read(1_000);
        expect(seen.waiting + seen.inFlight + seen.result + farm.counts().collected).toBe(rows.length);
        farm.advance(atMs + 200 * 120_000);
        expect(farm.counts().collected).toBe(rows.length);
        expect(farm.done).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});
