import { describe, expect, it } from 'vitest';
import { recoveries, type KnownClaim } from '../../chaos/check/recovery.ts';

const LEASE_MS = 2_000;

function claim(id: string, at: number, pid: number | null = 1): KnownClaim {
  return { id, epoch: at, pid, claimedAt: at, expiresAt: at + LEASE_MS };
}

const death = { kind: 'killed', pid: 1, at: 500 };

describe('recovery', () => {
  it('of a task whose worker died: from the lease, and from the death', () => {
    const claims = [claim('a', 0), claim('a', 600, 2)];
    expect(recoveries({ claims, silences: [death], outages: [] })).toEqual([
      { kind: 'killed', id: 'a', ms: 0, afterDeathMs: 100, claimedAt: 600 },
    ]);
  });

  it('counts from the end of the outage in which lease and death fell', () => {
    const claims = [claim('a', 0), claim('a', 2_700, 2)];
    const outages = [{ kind: 'away', from: 400, to: 2_500 }];
    expect(recoveries({ claims, silences: [death], outages })).toEqual([
      { kind: 'killed', id: 'a', ms: 200, afterDeathMs: 200, claimedAt: 2_700 },
      { kind: 'away', id: null, ms: 200, afterDeathMs: null, claimedAt: 2_700 },
    ]);
  });

  it('is long where nobody comes', () => {
    const claims = [claim('a', 0), claim('a', 9_000, 2)];
    expect(recoveries({ claims, silences: [death], outages: [] })[0]).toMatchObject({ ms: 7_000, afterDeathMs: 8_500 });
  });

  const nothing: { name: string; claims: KnownClaim[] }[] = [
    { name: 'a task that was finished', claims: [claim('a', 0)] },
    { name: 'a task that was given back before the death', claims: [claim('a', 0), claim('a', 400, 2)] },
    { name: 'a task that was claimed after it', claims: [claim('a', 501), claim('a', 600, 2)] },
    { name: "another worker's task", claims: [claim('a', 0, 3), claim('a', 600, 2)] },
    { name: 'a claim that nobody wrote down', claims: [claim('a', 0, null), claim('a', 600, 2)] },
  ];
  it.each(nothing)('has nothing to say of $name', ({ claims }) => {
    expect(recoveries({ claims, silences: [death], outages: [] })).toEqual([]);
  });

  it('of the farm: one first claim after outages that overlap, none where the next outage came first', () => {
    const claims = [claim('a', 0), claim('b', 1_300), claim('c', 5_050)];
    const outages = [
      { kind: 'second', from: 900, to: 1_200 },
      { kind: 'first', from: 800, to: 1_000 },
      { kind: 'inside', from: 820, to: 830 },
      { kind: 'no time', from: 4_000, to: 4_100 },
      { kind: 'third', from: 4_200, to: 5_000 },
    ];
    expect(recoveries({ claims, silences: [], outages })).toEqual([
      { kind: 'second', id: null, ms: 100, afterDeathMs: null, claimedAt: 1_300 },
      { kind: 'third', id: null, ms: 50, afterDeathMs: null, claimedAt: 5_050 },
    ]);
  });
});
