import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameObservation, observationSpace, observe, type Sighting } from '#autoscaler/observation.ts';
import { reading } from './support/sightings.ts';

const START = Date.UTC(2026, 0, 1);
const replicas = { granted: 3, ready: 2, active: 4 };

/** Sightings of consecutive readings of one episode. */
function look(...readings: ReturnType<typeof reading>[]): Sighting {
  let previous: Sighting | null = null;
  for (const each of readings) {
    previous = observe({ reading: each, replicas, previous, baseline: readings[0]!.totals, sampleAgeMs: 5 });
  }
  return previous!;
}

const window = { count: 4, met: 3, meanSojournMs: 2_000, maxSojournMs: 3_500, meanServiceMs: 1_400 };

describe('observe', () => {
  test('puts nine numbers in their order and units', () => {
    const first = reading({ at: START, totals: { emitted: 100, collected: 90 } });
    const second = reading({
      at: START + 8_000,
      input: 3,
      waiting: 7,
      result: 2,
      inFlight: 5,
      oldestSlackMs: -250,
      totals: { emitted: 140, collected: 105 },
      window,
    });
    const { observation, info } = look(first, second);
    expect(observation).toEqual([3, 7, 2, 15, 3, 2, 3.5, 5, 0.75]);
    expect(nameObservation(observation)).toEqual({
      inputQueue: 3,
      workerQueue: 7,
      resultQueue: 2,
      outputQueue: 15,
      workers: 3,
      avgTime: 2,
      maxTime: 3.5,
      arrivalRate: 5,
      qosRate: 0.75,
    });
    expect(info).toEqual({
      at: START + 8_000,
      sampleAgeMs: 5,
      fresh: true,
      inFlight: 5,
      emitted: 40,
      ready: 2,
      active: 4,
      oldestSlackMs: -250,
      meanServiceS: 1.4,
    });
  });

  test('names the dimensions in the order of the numbers', () => {
    const { observation } = look(reading());
    expect(observationSpace.map(({ name }) => name)).toEqual(Object.keys(nameObservation(observation)));
  });

  test('holds the last times and QoS while nothing is collected, and says that they are not fresh', () => {
    const { observation, info } = look(reading({ at: START, window }), reading({ at: START + 8_000 }));
    expect(observation.slice(5, 7)).toEqual([2, 3.5]);
    expect(observation[8]).toBe(0.75);
    expect(info).toMatchObject({ fresh: false, meanServiceS: 1.4 });
  });

  test('before the first collected task: no time, full QoS, not fresh', () => {
    const { observation, info } = look(reading({ waiting: 9 }));
    expect(observation).toEqual([0, 9, 0, 0, 3, 0, 0, 0, 1]);
    expect(info).toMatchObject({ fresh: false, meanServiceS: null });
  });

  test.each([
    ['the first look has no rate', [{ at: START, emitted: 50 }], 0],
    [
      'a rate over a longer gap, as after an outage',
      [
        { at: START, emitted: 0 },
        { at: START + 20_000, emitted: 30 },
      ],
      1.5,
    ],
    [
      'no arrivals',
      [
        { at: START, emitted: 50 },
        { at: START + 8_000, emitted: 50 },
      ],
      0,
    ],
    [
      'a counter that fell',
      [
        { at: START, emitted: 50 },
        { at: START + 8_000, emitted: 3 },
      ],
      0,
    ],
    [
      'the same moment twice keeps the rate',
      [
        { at: START, emitted: 0 },
        { at: START + 2_000, emitted: 8 },
        { at: START + 2_000, emitted: 8 },
      ],
      4,
    ],
  ])('arrival rate: %s', (_case, steps, rate) => {
    const readings = steps.map(({ at, emitted }) => reading({ at, totals: { emitted } }));
    expect(look(...readings).observation[7]).toBe(rate);
  });

  test('stays within the declared bounds, whatever the queue says', () => {
    const count = fc.nat({ max: 1_000_000 });
    const anyReading = fc
      .record({ at: count, input: count, waiting: count, result: count, emitted: count, collected: count, done: count })
      .chain((r) => fc.record({ r: fc.constant(r), met: fc.nat({ max: r.done }), ms: count }))
      .map(({ r, met, ms }) =>
        reading({
          ...r,
          totals: { emitted: r.emitted, collected: r.collected },
          window: { count: r.done, met, meanSojournMs: ms, maxSojournMs: ms, meanServiceMs: ms },
        }),
      );
    fc.assert(
      fc.property(fc.array(anyReading, { minLength: 1, maxLength: 8 }), (readings) => {
        const { observation } = look(...readings);
        observationSpace.forEach(({ low, high }, i) => {
          expect(observation[i]).toBeGreaterThanOrEqual(low);
          expect(observation[i]).toBeLessThanOrEqual(high);
        });
      }),
    );
  });
});
