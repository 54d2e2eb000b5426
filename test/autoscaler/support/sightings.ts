import fc from 'fast-check';
import { NO_TOTALS, type QueueReading, type QueueTotals } from '#shared/queue/observe.ts';
import type { ObservationInfo, Seen } from '#autoscaler/observation.ts';

type ReadingChange = Partial<Omit<QueueReading, 'totals' | 'window'>> & {
  totals?: Partial<QueueTotals>;
  window?: Partial<QueueReading['window']>;
};

/** A reading of an idle farm, with what a test says in place of it. */
export function reading(change: ReadingChange = {}): QueueReading {
  return {
    at: Date.UTC(2026, 0, 1),
    input: 0,
    emitting: 0,
    waiting: 0,
    inFlight: 0,
    result: 0,
    deadLetters: 0,
    oldestSlackMs: null,
    members: 0,
    ...change,
    totals: { ...NO_TOTALS, ...change.totals },
    window: { count: 0, met: 0, meanSojournMs: 0, maxSojournMs: 0, meanServiceMs: 0, ...change.window },
  };
}

const calm: ObservationInfo = {
  at: Date.UTC(2026, 0, 1),
  sampleAgeMs: 1,
  fresh: true,
  inFlight: 0,
  emitted: 0,
  ready: 1,
  active: 1,
  oldestSlackMs: null,
  meanServiceS: 1.5,
};

/** What a policy sees: by the numbers that policies look at. */
export function seen(
  numbers: {
    waiting?: number;
    workers?: number;
    avgTime?: number;
    maxTime?: number;
    rate?: number;
    inFlight?: number;
  } = {},
): Seen {
  const { waiting = 0, workers = 1, avgTime = 1.5, maxTime = 1.5, rate = 0, inFlight = 0 } = numbers;
  return {
    observation: [0, waiting, 0, 0, workers, avgTime, maxTime, rate, 1],
    info: { ...calm, inFlight, ready: workers, active: workers },
  };
}

const size = fc.nat({ max: 100_000 });
const seconds = fc.double({ min: 0, max: 10_000, noNaN: true });

/** Any observation that the space allows, absurd ones included. */
export const anySeen: fc.Arbitrary<Seen> = fc
  .record({
    counts: fc.tuple(size, size, size, size, fc.nat({ max: 64 })),
    times: fc.tuple(seconds, seconds, fc.double({ min: 0, max: 10_000, noNaN: true })),
    qosRate: fc.double({ min: 0, max: 1, noNaN: true }),
    inFlight: size,
    fresh: fc.boolean(),
  })
  .map(({ counts, times, qosRate, inFlight, fresh }) => ({
    observation: [...counts, ...times, qosRate],
    info: { ...calm, inFlight, fresh, emitted: counts[3] + counts[1] + inFlight, ready: counts[4], active: counts[4] },
  }));
