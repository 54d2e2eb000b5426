import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import type { Seen } from '#autoscaler/observation.ts';
import { seen } from '../support/sightings.ts';

const options = { minWorkers: 1, maxWorkers: 32, stepDurationS: 8, horizonS: null };
const average = findPolicy('reactive-average', options);
const maximum = findPolicy('reactive-maximum', options);

/** Workers asked for, or those that there are. */
function wanted(policy: Policy, look: Seen): number {
  const decision = policy.decide(look);
  return decision.kind === 'scale' ? decision.replicas : look.observation[4];
}

describe('reactive-average', () => {
  test('the worked example: 8.5 needed, 5.375 free, three more', () => {
    const look = seen({ waiting: 10, avgTime: 2, rate: 3, workers: 6, inFlight: 6 });
    expect(average.decide(look)).toEqual({
      kind: 'scale',
      replicas: 9,
      because: '10 waiting and 3.00 tasks/s at 2.00 s each need 8.50 workers; 5.38 of 6 count as free',
    });
  });

  test.each([
    // optimal 1, free 12 − 0: sheds, as the reference does at rest.
    ['an idle pool of 12 sheds', seen({ workers: 12 }), 1],
    // optimal = 2 · 1.5 = 3; busy = 2 · 1.5/8 · 0.5 = 0.19; 5 − 0.19 free: −1.81, two fewer.
    ['a calm flow sheds down to arrivals · time', seen({ workers: 5, rate: 2, inFlight: 3 }), 3],
    // optimal = 2.3 · 1.5 = 3.45; 3 free: +0.45.
    ['less than half a worker is left alone', seen({ workers: 3, rate: 2.3 }), 3],
    // optimal = 3.5; 3 free: +0.5 exactly.
    ['exactly half a worker acts', seen({ workers: 3, rate: 3.5, avgTime: 1 }), 4],
    ['exactly half a worker fewer acts', seen({ workers: 4, rate: 3.5, avgTime: 1 }), 3],
    // Task time 0 counts as 0.1 s: 100 · 0.1/8 = 1.25.
    ['a time of 0 counts as 0.1 s', seen({ workers: 1, waiting: 100, avgTime: 0 }), 1],
    // Task time over the step stretches the horizon: 10 · 20/20 = 10.
    ['a task longer than the step stretches the horizon', seen({ workers: 10, waiting: 10, avgTime: 20 }), 10],
    // optimal = 1.5; 2 free: −0.5 exactly. Were the one in flight counted it would be −0.41.
    ['one task in flight keeps nobody busy', seen({ workers: 2, rate: 1, avgTime: 1.5, inFlight: 1 }), 1],
    ['never over the maximum', seen({ workers: 30, waiting: 5_000 }), 32],
    ['looks at the mean, not at the longest', seen({ workers: 3, rate: 2, avgTime: 1.5, maxTime: 30 }), 3],
  ])('%s', (_case, look, replicas) => {
    expect(wanted(average, look)).toBe(replicas);
  });

  test('says so when more would be needed than is allowed', () => {
    const decision = average.decide(seen({ workers: 32, waiting: 5_000 }));
    expect(decision).toMatchObject({
      kind: 'hold',
      because: expect.stringMatching(/32 is the most allowed$/) as string,
    });
  });

  test('a horizon of its own replaces the step', () => {
    const look = seen({ workers: 1, waiting: 32, avgTime: 1 });
    // 32 · 1/8 = 4 against 32 · 1/2 = 16.
    expect(wanted(average, look)).toBe(4);
    expect(wanted(findPolicy('reactive-average', { ...options, horizonS: 2 }), look)).toBe(16);
  });

  test('a step under a second counts as one: the horizon is at least 1 s', () => {
    const hasty = findPolicy('reactive-average', { ...options, stepDurationS: 0.1 });
    expect(wanted(hasty, seen({ workers: 1, waiting: 8, avgTime: 0.5 }))).toBe(4);
  });
});

describe('reactive-maximum', () => {
  test.each([
    // s = 3: optimal = 10·3/8 + 3·3 = 12.75; busy = 5·3/8·1 = 1.875; 6 − 1.875 free: +8.625, nine more.
    [
      'counts the longest time and busy workers in full',
      seen({ waiting: 10, avgTime: 2, maxTime: 3, rate: 3, workers: 6, inFlight: 6 }),
      15,
    ],
    // s = 2 although the maximum says 1.
    ['never under the mean', seen({ workers: 1, rate: 2, avgTime: 2, maxTime: 1 }), 4],
  ])('%s', (_case, look, replicas) => {
    expect(wanted(maximum, look)).toBe(replicas);
  });
});
