import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { restartDelayMs } from '../../../../local/gateway/replica/back-off.ts';
import { probeDelayMs } from '../../../../local/gateway/replica/replica.ts';

test.each([
  { exits: 1, from: 50, to: 100 },
  { exits: 2, from: 100, to: 200 },
  { exits: 4, from: 400, to: 800 },
  { exits: 7, from: 3200, to: 6400 },
  { exits: 8, from: 5000, to: 10_000 },
  { exits: 1000, from: 5000, to: 10_000 },
])('after $exits exits in a row a restart waits $from to $to ms', ({ exits, from, to }) => {
  const rng = new Sfc32('back-off');
  const delays = Array.from({ length: 500 }, () => restartDelayMs(exits, rng));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(from);
  expect(Math.max(...delays)).toBeLessThan(to);
  // Spread, not just inside: the outer tenths are reached.
  expect(Math.min(...delays)).toBeLessThan(from + (to - from) / 10);
  expect(Math.max(...delays)).toBeGreaterThan(to - (to - from) / 10);
});

test.each([
  { ageMs: 0, delayMs: 20 },
  { ageMs: 400, delayMs: 20 },
  { ageMs: 2000, delayMs: 100 },
  { ageMs: 60_000, delayMs: 1000 },
])('a replica of $ageMs ms that is not ready is asked again after $delayMs ms', ({ ageMs, delayMs }) => {
  expect(probeDelayMs(ageMs)).toBe(delayMs);
});

test('waiting for readiness stays cheap: under 200 questions in the first minute', () => {
  let questions = 0;
  for (let ageMs = 0; ageMs < 60_000; ageMs += probeDelayMs(ageMs)) questions += 1;
  expect(questions).toBeLessThan(200);
  fc.assert(fc.property(fc.nat(10 ** 7), (ageMs) => probeDelayMs(ageMs) >= 20 && probeDelayMs(ageMs) <= 1000));
});
