import { expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { look, options, wanted } from './looks.ts';

test('has a turn every 15 s, and what it ordered stands in between', () => {
  const policy = findPolicy('hpa', options);
  // 24 wait, one a worker: 24 recommended, twice 10 allowed.
  expect(wanted(policy, look(0, { waiting: 24, workers: 10 }))).toBe(20);
  // Not its turn: the order stands, whatever waits now, and the pool is on its way there.
  expect(wanted(policy, look(8, { waiting: 500, workers: 11 }))).toBe(20);
  expect(wanted(policy, look(16, { waiting: 500, workers: 12 }))).toBe(32);
  expect(policy.decide(look(24, { waiting: 0, workers: 32 }))).toMatchObject({ kind: 'hold' });
});

test('takes its target from its name', () => {
  expect(wanted(findPolicy('hpa-3', options), look(0, { waiting: 36, workers: 10 }))).toBe(12);
  expect(wanted(findPolicy('hpa-0.5', options), look(0, { waiting: 9, workers: 10 }))).toBe(18);
});

test('takes its window from its name', () => {
  expect(wanted(findPolicy('hpa', options), look(0, { workers: 10 }))).toBe(10);
  expect(wanted(findPolicy('hpa-0s', options), look(0, { workers: 10 }))).toBe(1);
  expect(wanted(findPolicy('hpa-1-0s', options), look(0, { workers: 10 }))).toBe(1);
});

test('does not count tasks in hand', () => {
  expect(wanted(findPolicy('hpa-0s', options), look(0, { workers: 10, inFlight: 10 }))).toBe(1);
});
