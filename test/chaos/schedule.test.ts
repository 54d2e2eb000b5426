import { describe, expect, it } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import { faults } from '../../chaos/faults/catalogue.ts';
import { planFaults } from '../../chaos/schedule.ts';

const kinds = ['a', 'b', 'c', 'd'];

function plan(seed: number, count = 43): { item: string; atMs: number }[] {
  return planFaults(kinds, { count, durationMs: 1_000, rng: new Sfc32(seed) });
}

describe('a schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  it('has each kind as often as any other, give or take one', () => {
    const counts = kinds.map((kind) => plan(3).filter(({ item }) => item === kind).length);
    expect(counts.toSorted()).toEqual([10, 11, 11, 11]);
  });

  it('is in order, within its time', () => {
    const times = plan(4).map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThan(1_000);
  });

  it('of nothing is empty', () => {
    expect(planFaults([], { count: 5, durationMs: 1_000, rng: new Sfc32(1) })).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('has at least 15 kinds, each under its own name', () => {
    expect(new Set(faults.map(({ kind }) => kind)).size).toBe(faults.length);
    expect(faults.length).toBeGreaterThanOrEqual(15);
  });

  it('says that only Redis may lose anything: killed, not with every write on disk, or by a failover', () => {
    for (const fault of faults) {
      expect(fault.bound('always').lastMs > 0, fault.kind).toBe(fault.store === 'replicated');
      expect(fault.bound('everysec').lastMs > 0, fault.kind).toBe(
        fault.kind === 'redis-killed' || fault.store === 'replicated',
      );
    }
  });
});
