import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pickReplica } from '../../../../local/gateway/replica/pick-replica.ts';
import { chooseVictims } from '../../../../local/gateway/replica/victims.ts';

const pending = (age: number) => ({ pending: true, ready: false, age });
const unready = (age: number) => ({ pending: false, ready: false, age });
const ready = (age: number) => ({ pending: false, ready: true, age });

test.each([
  { name: 'the youngest of equals', all: [ready(1), ready(3), ready(2)], count: 2, ages: [3, 2] },
  { name: 'a drained one before the youngest', all: [ready(9), unready(1), ready(5)], count: 1, ages: [1] },
  {
    name: 'one without a process before a drained one',
    all: [unready(8), pending(2), ready(9)],
    count: 2,
    ages: [2, 8],
  },
  { name: 'none', all: [ready(1)], count: 0, ages: [] },
  { name: 'none for less than none', all: [ready(1)], count: -1, ages: [] },
  { name: 'all there are', all: [ready(1), ready(2)], count: 5, ages: [2, 1] },
])('victims: $name', ({ all, count, ages }) => {
  expect(chooseVictims(all, count).map(({ age }) => age)).toEqual(ages);
});

const candidate = fc.record({ pending: fc.boolean(), ready: fc.boolean(), age: fc.nat() });

test('no ready replica goes while one that is not ready stays', () => {
  fc.assert(
    fc.property(fc.uniqueArray(candidate, { selector: ({ age }) => age }), fc.nat(20), (all, count) => {
      const victims = chooseVictims(all, count);
      expect(victims).toHaveLength(Math.min(count, all.length));
      const stay = all.filter((one) => !victims.includes(one));
      const lostReady = victims.some((one) => !one.pending && one.ready);
      expect(lostReady && stay.some((one) => one.pending || !one.ready)).toBe(false);
    }),
  );
});

test('routing: the least in flight, then the one idle for longest', () => {
  const replicas = [
    { inFlight: 1, lastUsed: 0 },
    { inFlight: 0, lastUsed: 7 },
    { inFlight: 0, lastUsed: 3 },
  ];
  expect(pickReplica(replicas)).toBe(replicas[2]);
  expect(pickReplica([])).toBeNull();
});
