import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import type { Policy, PolicyOptions } from '#autoscaler/policy/policy.ts';
import { playEpisode } from '#autoscaler/run/rollout.ts';
import { simulated } from '../support/simulated.ts';
import { anySeen, seen } from '../support/sightings.ts';
import { options, wanted } from './looks.ts';

/** As it is from its second look on. */
function experienced(name: string, change: Partial<PolicyOptions> = {}): Policy {
  const policy = findPolicy(name, { ...options, ...change });
  policy.decide(seen());
  return policy;
}

const average = experienced('reactive-average-old');
const maximum = experienced('reactive-maximum-old');

test('the worked example: 8 needed, 5 busy, three more', () => {
  expect(average.decide(seen({ waiting: 10, avgTime: 2, rate: 3, workers: 6, inFlight: 6 }))).toEqual({
    kind: 'scale',
    replicas: 9,
    because: '10 waiting and 3.00 tasks/s at 2.00 s each need 8.00 workers; 5 of 6 count as busy',
  });
});

describe.each([['average'], ['maximum']])('reactive-%s-old', (form) => {
  const policy = form === 'average' ? average : maximum;

  test.each([
    // optimal 1, 0 busy: +1, although all 12 are idle.
    ['an idle pool grows', seen({ workers: 12 }), 13],
    // optimal 4 · 1.5 = 6, busy 8: −2.
    ['sheds what is busy over the need', seen({ workers: 12, rate: 4, inFlight: 9 }), 10],
    // optimal 6, busy 6.
    ['holds where both are equal', seen({ workers: 12, rate: 4, inFlight: 7 }), 12],
    ['no more can be busy than there are', seen({ workers: 6, rate: 4, inFlight: 90 }), 6],
    // The horizon is 10 s whatever the step: 20 · 1.5/10 = 3.
    ['plans 10 s ahead', seen({ workers: 5, waiting: 20 }), 8],
  ])('%s', (_case, look, replicas) => {
    expect(wanted(policy, look)).toBe(replicas);
  });

  /** The reference's earlier rule, transcribed on its own variables (task-farm reference, commits 0e9ef20 to dc14c53). */
  function referenceAction(obs: readonly number[], enqueued: number): number {
    const [, workerQ = 0, resultQ = 0, outputQ = 0, workers = 0, avgTime = 0, maxTime = 0, rate = 0] = obs;
    const s = Math.max(form === 'average' ? avgTime : Math.max(maxTime, avgTime), 0.1);
    const h = Math.max(10, s, 1);
    const optimal = Math.max(1, (workerQ * s) / h + Math.max(0, rate) * s);
    const active = Math.max(0, enqueued - workerQ - resultQ - outputQ);
    const delta = optimal - Math.min(workers, Math.max(0, active - (active > 0 ? 1 : 0)));
    return delta >= 0.5 ? 1 : delta <= -0.5 ? -1 : 0;
  }

  test('turns the way that the reference turned', () => {
    const looks = fc.tuple(anySeen, fc.integer({ min: 2, max: 31 }));
    fc.assert(
      fc.property(looks, ([{ observation, info }, workers]) => {
        const [input, waiting, result, output, , ...rest] = observation;
        const look = { observation: [input, waiting, result, output, workers, ...rest] as const, info };
        const enqueued = waiting + result + output + info.inFlight;
        expect(Math.sign(wanted(policy, look) - workers)).toBe(referenceAction(look.observation, enqueued));
      }),
      { numRuns: 500 },
    );
  });
});

test('the maximum form goes by the longest time', () => {
  // s = 3: 10 · 3/10 + 2 · 3 = 9, 3 busy: +6, against s = 1.5: 1.5 + 3 = 4.5, +1.5.
  const look = seen({ waiting: 10, rate: 2, maxTime: 3, workers: 5, inFlight: 4 });
  expect(wanted(maximum, look)).toBe(11);
  expect(wanted(average, look)).toBe(7);
});

test('a horizon of its own replaces the 10 s', () => {
  expect(wanted(experienced('reactive-average-old', { horizonS: 2 }), seen({ workers: 5, waiting: 20 }))).toBe(20);
});

test.each(['reactive-average-old', 'reactive-maximum-old'])('%s knows of no busy worker at its first look', (name) => {
  const policy = findPolicy(name, options);
  expect(wanted(policy, seen({ workers: 12, inFlight: 12 }))).toBe(13);
  expect(wanted(policy, seen({ workers: 13, inFlight: 12 }))).toBe(3);
});

// The reference's recordings of 2025-11-08 and 11-09, 10 episodes each: share in time, mean of the steps' workers. The average
// form comes out above them in the simulator, as the recorded farm's count of tasks in hand ran ahead of its queues.
test.each([
  ['average', 0.967, 17.3, 1.2],
  ['maximum', 0.9997, 24.6, 0.3],
] as const)('on the simulated farm the %s form does about what it did live', async (...recorded) => {
  const [form, qos, workers, tolerance] = recorded;
  const environment = simulated({ workload: 'reference-as-coded' });
  const episodes = 40;
  let inTime = 0;
  let meanWorkers = 0;
  for (let seed = 0; seed < episodes; seed += 1) {
    const policy = findPolicy(`reactive-${form}-old`, options);
    const { summary, rows } = await playEpisode({ environment, policy, seed });
    inTime += summary.qos / episodes;
    meanWorkers += rows.reduce((sum, { observation }) => sum + observation[4], 0) / rows.length / episodes;
  }
  expect(Math.abs(inTime - qos)).toBeLessThan(0.025);
  expect(Math.abs(meanWorkers - workers)).toBeLessThan(tolerance);
});
