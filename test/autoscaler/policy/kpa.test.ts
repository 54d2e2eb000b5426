import { describe, expect, test } from 'vitest';
import { findPolicy } from '#autoscaler/policy/catalogue.ts';
import { look, options, wanted } from './looks.ts';

describe('the stable mode', () => {
  test('wants the window’s mean over the target', () => {
    // One ready at the start, and never twice as many wanted as are ready: no panic. Means: 0, 1, 2, 3.
    const policy = findPolicy('kpa', options);
    expect(wanted(policy, look(0, { workers: 1 }))).toBe(1);
    expect(wanted(policy, look(8, { inFlight: 2, workers: 3 }))).toBe(2);
    expect(wanted(policy, look(16, { inFlight: 3, waiting: 1, workers: 4 }))).toBe(3);
    expect(wanted(policy, look(24, { inFlight: 5, waiting: 1, workers: 5 }))).toBe(5);
  });

  test('forgets what is as old as the window', () => {
    const policy = findPolicy('kpa-1-16s', options);
    expect(wanted(policy, look(0, { inFlight: 1, workers: 1 }))).toBe(1);
    expect(wanted(policy, look(8, { inFlight: 5, workers: 5 }))).toBe(3);
    // The look at 0 s is 16 s old: (5 + 7)/2.
    expect(wanted(policy, look(16, { inFlight: 7, workers: 6 }))).toBe(6);
  });

  test('takes at most half away at once', () => {
    const policy = findPolicy('kpa', options);
    wanted(policy, look(0, { workers: 1 }));
    expect(wanted(policy, look(8, { workers: 15 }))).toBe(7);
  });

  test('between two turns of 2 s the last one stands', () => {
    const policy = findPolicy('kpa-1', { ...options, stepDurationS: 1 });
    expect(wanted(policy, look(0, { inFlight: 1, workers: 1 }))).toBe(1);
    expect(wanted(policy, look(1, { inFlight: 1, waiting: 6, workers: 1 }))).toBe(1);
    expect(wanted(policy, look(2, { inFlight: 1, waiting: 12, workers: 1 }))).toBe(7);
  });
});

describe('the panic mode', () => {
  test('begins at twice what is ready, and not before', () => {
    const calm = findPolicy('kpa-1', options);
    wanted(calm, look(0, { workers: 1 }));
    // ⌈19⌉ / 10 = 1.9: the stable mean of 0 and 19 counts.
    expect(wanted(calm, look(8, { waiting: 19, workers: 10 }))).toBe(10);
    const panicking = findPolicy('kpa-1', options);
    wanted(panicking, look(0, { workers: 1 }));
    expect(wanted(panicking, look(8, { waiting: 20, workers: 10 }))).toBe(20);
  });

  test('never takes away, and ends when it was not over for more than the stable window', () => {
    const policy = findPolicy('kpa', options);
    wanted(policy, look(0, { workers: 1 }));
    // The doc comment's example: ⌈14 / 0.7⌉ = 20, twice the 10 ready.
    expect(policy.decide(look(8, { waiting: 4, inFlight: 10, workers: 10 }))).toEqual({
      kind: 'scale',
      replicas: 20,
      because: '7.0 tasks in 60 s, 14.0 just now, 0.7 a worker; panicking: none are taken away',
    });
    for (const atS of [16, 40, 68]) expect(wanted(policy, look(atS, { workers: 20 }))).toBe(20);
    expect(wanted(policy, look(76, { workers: 20 }))).toBe(10);
  });

  test('goes on from each look that is over again', () => {
    const policy = findPolicy('kpa', options);
    wanted(policy, look(0, { workers: 1 }));
    wanted(policy, look(8, { waiting: 14, workers: 10 }));
    wanted(policy, look(60, { waiting: 14, workers: 10 }));
    expect(wanted(policy, look(116, { workers: 20 }))).toBe(20);
    expect(wanted(policy, look(124, { workers: 20 }))).toBe(10);
  });

  test('is where it begins with more than one ready, so that it takes none away before it knows', () => {
    const policy = findPolicy('kpa', options);
    for (let atS = 0; atS <= 56; atS += 8) expect(wanted(policy, look(atS, { workers: 12 }))).toBe(12);
    expect(wanted(policy, look(64, { workers: 12 }))).toBe(6);
  });

  test('counts replicas that are ready, not those that are wanted', () => {
    const policy = findPolicy('kpa-1', options);
    wanted(policy, look(0, { workers: 1 }));
    expect(wanted(policy, look(8, { waiting: 8, workers: 10, ready: 4 }))).toBe(8);
    expect(wanted(policy, look(16, { waiting: 0, workers: 10, ready: 4 }))).toBe(8);
  });
});
