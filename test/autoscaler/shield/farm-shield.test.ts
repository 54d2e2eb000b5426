import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FarmShield, type ShieldSettings } from '#autoscaler/shield/farm-shield.ts';
import type { ShieldRequest } from '#autoscaler/shield/shield.ts';
import { anySeen, seen } from '../support/sightings.ts';

const settings: ShieldSettings = {
  ...{ minWorkers: 1, maxWorkers: 32, maxScalingStep: 1, stepDurationS: 8 },
  ...{ floorSlack: 3, ceilingSlack: 3, memoryS: 300, cooldownSteps: 1 },
};

/** A shield that saw these rates (tasks/s, 1 s each, so erlangs), one every 8 s, with as many workers as said. */
function shieldAfter(
  rates: readonly number[],
  { workers = 12, change = {} }: { workers?: number | readonly number[]; change?: Partial<ShieldSettings> } = {},
): FarmShield {
  const shield = new FarmShield({ ...settings, ...change });
  for (const [step, rate] of [0, ...rates].entries()) {
    const now = typeof workers === 'number' ? workers : workers[step]!;
    const { observation, info } = seen({ rate, workers: now });
    shield.see({ observation, info: { ...info, at: step * 8_000, meanServiceS: 1 } });
  }
  return shield;
}

const asks = (replicas: number, change: Partial<ShieldRequest> = {}): ShieldRequest => ({
  decision: { kind: 'scale', replicas, because: 'so' },
  ...{ workers: 12, limit: null, draining: false, covered: true },
  ...change,
});

const FALL = [11, 11, 11, 3, 3, 3];

describe('the queueing model', () => {
  test.each([
    ['a scale-in down to what was seen to be needed', FALL, 3, { floor: 4, evidence: 9, step: 11 }],
    ['a scale-up over what the load could use', FALL, 40, { ceiling: 27, step: 13 }],
    ['too few for the load of now', [11, 11, 11], 5, { floor: 12 }],
    ['nothing, where a decision is within it', FALL, 11, {}],
  ])('corrects %s', (_case, rates, wanted, corrected) => {
    const { corrections } = shieldAfter(rates).admit(asks(wanted));
    expect(Object.fromEntries(corrections.map(({ rule, to }) => [rule, to]))).toEqual(corrected);
  });

  test('each correction says why', () => {
    const because = (rates: readonly number[], wanted: number): string =>
      shieldAfter(rates).admit(asks(wanted)).corrections[0]!.because;
    expect(because(FALL, 40)).toBe('11.0 erl were the most seen, and more than 27 workers have nothing to do');
    expect(because([11, 11, 11], 5)).toBe('11.0 erl arrive: with fewer than 12 workers nearly all of it waits');
    expect(because(FALL, 8)).toBe(
      'the first 300 s have not yet shown that the 12 workers found are too many: no scale-in below 9',
    );
    expect(because([14, 14, 14, 3, 3, 3], 8)).toBe('14.0 erl were seen in the last 300 s: no scale-in below 12');
  });

  test('raises a pool that is too small although the policy holds', () => {
    const shield = shieldAfter([11, 11, 11], { workers: 5 });
    const held = asks(5, { decision: { kind: 'hold', because: 'enough' }, workers: 5 });
    expect(shield.admit(held).replicas).toBe(6);
  });

  test('what was seen is forgotten after memoryS, the pool found too', () => {
    const quiet = new Array<number>(12).fill(1);
    expect(shieldAfter([11, ...quiet], { change: { memoryS: 300 } }).admit(asks(11)).replicas).toBe(11);
    const short = { change: { memoryS: 40, maxScalingStep: 31 } };
    expect(shieldAfter([11, ...quiet], short).admit(asks(2)).replicas).toBe(2);
    expect(shieldAfter([11, 1], short).admit(asks(2)).replicas).toBe(9);
  });

  test('no scale-in right after the workers grew', () => {
    const rates = [11, 11];
    expect(shieldAfter(rates, { workers: [12, 12, 14] }).admit(asks(13, { workers: 14 }))).toMatchObject({
      replicas: 14,
      corrections: [{ rule: 'cooldown', because: 'the workers have only just grown: no scale-in for 1 steps' }],
    });
    expect(shieldAfter(rates, { workers: [12, 14, 14] }).admit(asks(13, { workers: 14 })).replicas).toBe(13);
  });

  test('knows nothing before the first rate and the first task, and lets a scale-in wait', () => {
    const shield = new FarmShield(settings);
    expect(shield.admit(asks(20)).replicas).toBe(13);
    const { observation, info } = seen({ workers: 12 });
    shield.see({ observation, info: { ...info, meanServiceS: null, fresh: false } });
    expect(shield.admit(asks(3)).replicas).toBe(11);
    expect(shield.admit(asks(3)).corrections.map(({ rule }) => rule)).toEqual(['evidence', 'step']);
  });

  test('a policy that it does not cover meets bounds, step, platform and drain only', () => {
    const shield = shieldAfter([11, 11, 11]);
    expect(shield.admit(asks(1, { covered: false })).corrections.map(({ rule }) => rule)).toEqual(['step']);
    expect(shield.admit(asks(1, { covered: false, draining: true })).replicas).toBe(12);
  });
});

test('whatever was seen and is wanted: bounds hold, asking changes nothing, and a scale-up is never turned into a scale-in', () => {
  fc.assert(
    fc.property(
      fc.array(anySeen, { maxLength: 8 }),
      fc.nat({ max: 60 }),
      fc.integer({ min: 1, max: 32 }),
      (looks, wanted, workers) => {
        const shield = new FarmShield(settings);
        for (const look of looks) shield.see(look);
        const request = asks(wanted, { workers });
        const result = shield.admit(request);
        expect(shield.admit(request)).toEqual(result);
        expect(result.replicas).toBeGreaterThanOrEqual(1);
        expect(result.replicas).toBeLessThanOrEqual(32);
        expect(Math.abs(result.replicas - workers)).toBeLessThanOrEqual(1);
        if (wanted >= workers) expect(result.replicas).toBeGreaterThanOrEqual(workers);
      },
    ),
  );
});
