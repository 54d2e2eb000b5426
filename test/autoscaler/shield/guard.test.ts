import { describe, expect, test } from 'vitest';
import type { Seen } from '#autoscaler/observation.ts';
import { failed, type Answer } from '#autoscaler/shield/answer.ts';
import { DriftWatch } from '#autoscaler/shield/drift/drift-watch.ts';
import { Guard } from '#autoscaler/shield/guard.ts';
import type { ShieldRule } from '#autoscaler/shield/shield.ts';
import { seen } from '../support/sightings.ts';

const settings = { strikes: 3, returnAfterSteps: 4, mostReturns: 2 };

const good: Answer = { kind: 'decided', decision: { kind: 'hold', because: 'fine' } };
const broken = failed('invalid', 'no number');

/** What a guard says to one step after the other. */
function guarded(guard = new Guard({ settings })) {
  let at = 0;
  const look = (): Seen => {
    const { observation, info } = seen({ workers: 4, rate: 1 });
    return { observation, info: { ...info, at: (at += 8_000) } };
  };
  return {
    guard,
    step: (answer: Answer, corrected?: ShieldRule) =>
      guard.judge({
        answer,
        seen: look(),
        shielded: {
          replicas: 4,
          corrections: corrected === undefined ? [] : [{ rule: corrected, from: 3, to: 4, because: 'too few' }],
        },
      }),
  };
}

const times = <T>(count: number, each: () => T): T[] => Array.from({ length: count }, each);

describe('Guard', () => {
  test('a failed answer costs no step, and healthy ones bring the policy back', () => {
    const { guard, step } = guarded();
    expect(step(good)).toBe('live');
    expect(step(broken)).toBe('safe');
    expect(guard.reading).toMatchObject({
      active: true,
      since: 16_000,
      fault: 'invalid',
      because: 'no number',
      needed: 4,
    });
    expect(times(3, () => step(good))).toEqual(['safe', 'safe', 'safe']);
    expect(guard.reading.healthy).toBe(3);
    expect(step(good)).toBe('live');
    expect(guard.reading).toMatchObject({ active: false, since: 48_000, switches: 1, returns: 1, needed: null });
  });

  test('healthy steps count in a row', () => {
    const { step } = guarded();
    step(broken);
    times(3, () => step(good));
    step(broken);
    expect(times(4, () => step(good))).toEqual(['safe', 'safe', 'safe', 'live']);
  });

  test('each return takes twice as long, and after the last there is none', () => {
    const { guard, step } = guarded();
    step(broken);
    expect(times(4, () => step(good)).at(-1)).toBe('live');
    step(broken);
    expect(guard.reading.needed).toBe(8);
    expect(times(8, () => step(good)).at(-1)).toBe('live');
    step(broken);
    expect(guard.reading.needed).toBeNull();
    expect(new Set(times(500, () => step(good)))).toEqual(new Set(['safe']));
    expect(guard.reading).toMatchObject({ switches: 3, returns: 2 });
  });

  test.each(['ceiling', 'floor', 'evidence'] as const)('three corrections in a row by %s are too many', (rule) => {
    const { guard, step } = guarded();
    expect([step(good, rule), step(good, rule), step(good), step(good, rule), step(good, rule)]).not.toContain('safe');
    expect(guard.reading.strikes).toBe(2);
    expect(step(good, rule)).toBe('safe');
    expect(guard.reading).toMatchObject({
      fault: 'corrected',
      because: 'the queueing model corrected it 3 steps in a row: too few',
    });
  });

  test.each(['step', 'bounds', 'platform', 'drain', 'cooldown'] as const)('%s is no sign of anything wrong', (rule) => {
    const { step } = guarded();
    expect(times(50, () => step(good, rule))).not.toContain('safe');
  });

  test('a policy that is to come back is not corrected at all', () => {
    const { step } = guarded();
    step(broken);
    times(3, () => step(good));
    expect(step(good, 'floor')).toBe('safe');
    expect(times(4, () => step(good))).toEqual(['safe', 'safe', 'safe', 'live']);
  });

  test('a stale model never decides', () => {
    const { guard, step } = guarded(new Guard({ settings, stale: 'its model is 400 days old' }));
    expect(new Set(times(100, () => step(good)))).toEqual(new Set(['safe']));
    expect(guard.reading).toMatchObject({ fault: 'stale', because: 'its model is 400 days old', needed: null });
  });

  test('drift of the load is a fault of the policy, until the load is back', () => {
    const range = { count: 100, low: 5, high: 8, edges: [6, 7], shares: [0.3, 0.4, 0.3] };
    const watch = new DriftWatch({
      settings: { tolerance: 2, strikes: 3, windowSteps: 100, psi: 0.25, qosAllowance: 0.1, qosLimit: 1 },
      trained: { arrivalRate: range },
      expectedQos: 0.9,
    });
    const { guard, step } = guarded(new Guard({ settings, watch }));
    expect([step(good), step(good), step(good)]).toEqual(['live', 'live', 'safe']);
    expect(guard.reading).toMatchObject({ fault: 'drift', drift: { outside: 3, cusum: 0, psi: null } });
    expect(new Set(times(20, () => step(good)))).toEqual(new Set(['safe']));
  });
});
