import { afterEach, describe, expect, test } from 'vitest';
import { leaseTtlMs, Leadership } from '#autoscaler/loop/leadership.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import type { Lease } from '#shared/lease.ts';
import { silentLogger } from '#shared/log.ts';

const STEP_S = 8;
const TTL_MS = leaseTtlMs(STEP_S);

/** One lease in memory on the test's clock; `away`: Redis does not answer. */
class MemoryLease {
  holder: { readonly id: string; untilMs: number } | null = null;
  away = false;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  as(id: string): Lease {
    return {
      hold: async (ttlMs) => {
        if (this.away) throw new Error('gone');
        const now = this.#clock.monotonic();
        if (this.holder !== null && this.holder.id !== id && this.holder.untilMs > now) return null;
        this.holder = { id, untilMs: now + ttlMs! };
        return 1;
      },
      release: async () => {
        if (this.holder?.id === id) this.holder = null;
      },
    };
  }
}

let candidates: Leadership[] = [];
afterEach(async () => {
  await Promise.all(candidates.map((candidate) => candidate.stop()));
  candidates = [];
});

function setUp() {
  const clock = new VirtualClock();
  const lease = new MemoryLease(clock);
  candidates = ['a', 'b'].map(
    (id) => new Leadership({ lease: lease.as(id), clock, log: silentLogger, stepDurationS: STEP_S }),
  );
  return { clock, lease, a: candidates[0]!, b: candidates[1]! };
}

test.each([
  ['8 s steps', 8, 5_600],
  ['1 s steps: not under two seconds', 1, 2_000],
  ['a minute: not over a quarter of it', 60, 15_000],
])('a lease fits %s', (_case, stepDurationS, ttlMs) => {
  expect(leaseTtlMs(stepDurationS)).toBe(ttlMs);
});

describe('Leadership', () => {
  test('the first one leads, and goes on leading', async () => {
    const { clock, a, b } = setUp();
    await a.start();
    await b.start();
    for (let minutes = 0; minutes < 10; minutes += 1) {
      await clock.advance(60 * SECOND);
      expect([a.leads, b.leads]).toEqual([true, false]);
    }
  });

  test('one that stops hands over at its successor’s next question', async () => {
    const { clock, a, b } = setUp();
    await a.start();
    await b.start();
    await a.stop();
    expect(a.leads).toBe(false);
    await clock.advance(TTL_MS / 4);
    expect(b.leads).toBe(true);
  });

  test('without Redis a leader follows before another can lead', async () => {
    const { clock, lease, a, b } = setUp();
    await a.start();
    await b.start();
    lease.away = true;
    await clock.advance(TTL_MS - 1);
    expect(a.leads).toBe(true);
    await clock.advance(1);
    expect([a.leads, b.leads]).toEqual([false, false]);
    lease.away = false;
    await clock.advance(TTL_MS);
    expect([a.leads, b.leads].filter(Boolean)).toHaveLength(1);
  });
});
