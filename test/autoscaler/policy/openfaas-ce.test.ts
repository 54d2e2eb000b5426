import { expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { look, options, wanted } from './looks.ts';

test('the worked example: pending, fires, repeats after 30 s, and all go when it is resolved', () => {
  const policy = findPolicy('openfaas-ce', options);
  const steps = [
    // [at s, tasks/s, workers] → workers wanted; ⌈32 · 10 %⌉ = 4 at a time.
    [0, 0, 12, 12],
    [8, 7, 12, 12],
    [16, 7, 12, 16],
    [24, 7, 13, 16],
    [40, 7, 15, 16],
    [48, 7, 16, 20],
    [56, 5, 17, 1],
    [64, 0, 16, 1],
  ] as const;
  for (const [atS, rate, workers, expected] of steps) {
    expect(wanted(policy, look(atS, { rate, workers }))).toBe(expected);
  }
});

test('says what the alert does', () => {
  const policy = findPolicy('openfaas-ce', options);
  expect(policy.decide(look(0, { rate: 7, workers: 12 })).because).toBe(
    '7.00 tasks/s, more than 5: the alert is pending',
  );
  expect(policy.decide(look(8, { rate: 7, workers: 12 })).because).toBe('7.00 tasks/s, more than 5: the alert fires');
  expect(policy.decide(look(16, { rate: 3, workers: 12 })).because).toBe('3.00 tasks/s: no alert');
});

test.each([
  ['5 tasks/s are not more than 5', [5, 5, 5], 12],
  ['a look below in between starts it over', [7, 5, 7], 12],
  ['without an alert it leaves alone what there is', [1, 1, 1], 12],
  ['5 s above it', [5.1, 5.1, 0], 1],
])('%s', (_case, rates, expected) => {
  const policy = findPolicy('openfaas-ce', options);
  const asked = rates.map((rate, step) => wanted(policy, look(step * 5, { rate, workers: 12 })));
  expect(asked.at(-1)).toBe(expected);
});

test('never asks for more than the maximum', () => {
  const policy = findPolicy('openfaas-ce', options);
  for (let atS = 0; atS < 400; atS += 8) {
    expect(wanted(policy, look(atS, { rate: 9, workers: 30 }))).toBeLessThanOrEqual(32);
  }
});
