import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import type { Policy } from '#autoscaler/policy/policy.ts';
import { look, options, wanted } from './looks.ts';

test('keeps five waiting tasks a worker, not counting those in hand', () => {
  const policy = findPolicy('keda', options);
  expect(wanted(policy, look(0, { waiting: 100, workers: 12, inFlight: 12 }))).toBe(20);
  expect(wanted(findPolicy('keda', options), look(0, { waiting: 60, workers: 12, inFlight: 500 }))).toBe(12);
});

test('lets the autoscaler decide every 15 s, and polls every 30 s only whether anything waits', () => {
  const policy = findPolicy('keda', options);
  expect(wanted(policy, look(0, { waiting: 0, workers: 4 }))).toBe(4);
  expect(wanted(policy, look(8, { waiting: 100, workers: 4 }))).toBe(4);
  expect(wanted(policy, look(16, { waiting: 100, workers: 4 }))).toBe(8);
});

describe('asleep and active', () => {
  /** With a window so long that only the cooldown takes workers away. */
  function asleepAfter(lastActiveS: number): Policy {
    const policy = findPolicy('keda-5-3600s', { ...options, minWorkers: 2 });
    for (let atS = 0; atS <= lastActiveS; atS += 10) wanted(policy, look(atS, { waiting: 1, workers: 12 }));
    return policy;
  }

  test('falls asleep at the first poll more than 300 s after the last that found something', () => {
    const policy = asleepAfter(60);
    for (let atS = 70; atS <= 380; atS += 10) expect(wanted(policy, look(atS, { workers: 12 }))).toBe(12);
    expect(policy.decide(look(390, { workers: 12 }))).toEqual({
      kind: 'scale',
      replicas: 2,
      because: 'nothing waited for 300 s: 2 stay',
    });
  });

  test('an episode that begins idle cools down from its first look', () => {
    const policy = findPolicy('keda-5-3600s', { ...options, minWorkers: 2 });
    for (let atS = 0; atS <= 320; atS += 10) expect(wanted(policy, look(atS, { workers: 12 }))).toBe(12);
    expect(wanted(policy, look(330, { workers: 12 }))).toBe(2);
  });

  test('one task between two polls is not noticed; one at a poll is', () => {
    const missed = asleepAfter(60);
    for (let atS = 70; atS <= 380; atS += 10) {
      wanted(missed, look(atS, { waiting: atS % 30 === 0 ? 0 : 1, workers: 12 }));
    }
    expect(wanted(missed, look(390, { workers: 12 }))).toBe(2);
    const noticed = asleepAfter(60);
    for (let atS = 70; atS <= 380; atS += 10) {
      wanted(noticed, look(atS, { waiting: atS === 360 ? 1 : 0, workers: 12 }));
    }
    expect(wanted(noticed, look(390, { workers: 12 }))).toBe(12);
  });

  test('wakes at a poll, and grows from the fewest as the autoscaler allows', () => {
    const policy = asleepAfter(0);
    for (let atS = 10; atS <= 330; atS += 10) wanted(policy, look(atS, { workers: 12 }));
    expect(wanted(policy, look(340, { waiting: 100, workers: 2 }))).toBe(2);
    expect(wanted(policy, look(350, { waiting: 100, workers: 2 }))).toBe(2);
    // ⌈100 / 5⌉ = 20, at most 2 + 4 at once.
    expect(wanted(policy, look(360, { waiting: 100, workers: 2 }))).toBe(6);
  });
});
