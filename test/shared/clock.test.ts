import { describe, expect, test, vi } from 'vitest';
import { MINUTE, SECOND, SystemClock, VirtualClock } from '#shared/clock.ts';

describe('VirtualClock', () => {
  test('stands still until it is advanced, and moves both of its times alike', async () => {
    const clock = new VirtualClock(1_000_000);
    expect([clock.monotonic(), clock.farmTime()]).toEqual([0, 1_000_000]);
    await clock.advance(2.5 * SECOND);
    expect([clock.monotonic(), clock.farmTime()]).toEqual([2500, 1_002_500]);
  });

  test('wakes each sleeper at its own moment, in order of due time', async () => {
    const clock = new VirtualClock();
    const woken: [string, number][] = [];
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push([name, clock.monotonic()]);
    };
    const sleepers = [sleeper('late', 30), sleeper('early', 10), sleeper('twin', 10), sleeper('never now', 101)];
    await clock.advance(100);
    expect(woken).toEqual([
      ['early', 10],
      ['twin', 10],
      ['late', 30],
    ]);
    await clock.advance(1);
    await Promise.all(sleepers);
  });

  test('lets a woken sleeper sleep again within the same advance', async () => {
    const clock = new VirtualClock();
    let turns = 0;
    const loop = (async () => {
      while (turns < 5) {
        await clock.sleep(10);
        turns += 1;
      }
    })();
    await clock.advance(49);
    expect(turns).toBe(4);
    await clock.advance(1);
    await loop;
    expect(turns).toBe(5);
  });
});

describe.each([
  { name: 'VirtualClock', clock: new VirtualClock() },
  { name: 'SystemClock', clock: new SystemClock() },
])('$name.sleep', ({ clock }) => {
  test('ends at once when its signal aborts, also one that was aborted before', async () => {
    const abort = new AbortController();
    const sleeping = clock.sleep(10 * MINUTE, abort.signal);
    abort.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(clock.sleep(10 * MINUTE, abort.signal)).resolves.toBeUndefined();
  });
});

describe('SystemClock', () => {
  test('sleeps at least as long as asked', async () => {
    const clock = new SystemClock();
    const before = clock.monotonic();
    await clock.sleep(5);
    // Timers count whole milliseconds of another clock, so they may end a fraction early.
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(4);
  });

  test('gives farm time by the offset that it measured', async () => {
    const clock = new SystemClock();
    const local = clock.farmTime();
    await clock.synchronise(async () => local + 5 * MINUTE);
    expect(Math.abs(clock.farmTime() - local - 5 * MINUTE)).toBeLessThan(2 * SECOND);
  });

  test('takes the reading for the middle of its round trip', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const clock = new SystemClock();
      const sent = clock.farmTime();
      await clock.synchronise(async () => {
        vi.setSystemTime(sent + 60);
        return sent + 1000;
      });
      expect(clock.farmTime()).toBe(sent + 1000 + 30);
    } finally {
      vi.useRealTimers();
    }
  });
});
