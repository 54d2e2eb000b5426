import { describe, expect, test } from 'vitest';
import { SystemClock, VirtualClock } from '#shared/clock.ts';
import { calibratedKind } from '../../../../functions/worker/kinds/calibrated.ts';
import { PermanentError } from '../../../../functions/worker/kinds/kind.ts';
import { runKind } from './run-kind.ts';

describe('the calibrated kind', () => {
  test('is done when the clock has moved by the service time, and not before', async () => {
    const clock = new VirtualClock();
    let done = false;
    const running = runKind(calibratedKind, { payload: { serviceMs: 1500 }, clock }).then((result) => {
      done = true;
      return result;
    });
    await clock.advance(1499.9);
    expect(done).toBe(false);
    await clock.advance(0.1);
    expect((await running).value).toEqual({ serviceMs: 1500, waitedMs: 1500, driftMs: 0 });
  });

  test('waits on when the timer fires early', async () => {
    const virtual = new VirtualClock();
    const slept: number[] = [];
    const clock = {
      monotonic: () => virtual.monotonic(),
      farmTime: () => virtual.farmTime(),
      sleep: async (ms: number) => {
        slept.push(ms);
        await virtual.advance(slept.length === 1 ? ms / 2 : ms);
      },
    };
    await runKind(calibratedKind, { payload: { serviceMs: 80 }, clock });
    expect(slept).toEqual([80, 40]);
  });

  test('on the real clock is never early, and says how late it was', async () => {
    const clock = new SystemClock();
    const startedAt = clock.monotonic();
    const { value } = await runKind(calibratedKind, { payload: { serviceMs: 20.7 }, clock });
    const tookMs = clock.monotonic() - startedAt;
    const { waitedMs, driftMs } = value as { waitedMs: number; driftMs: number };
    expect(waitedMs).toBeGreaterThanOrEqual(20.7);
    expect(waitedMs).toBeLessThanOrEqual(tookMs);
    expect(driftMs).toBeCloseTo(waitedMs - 20.7, 9);
  });

  test('rejects with the reason of the signal as soon as it aborts', async () => {
    const abort = new AbortController();
    const running = runKind(calibratedKind, { payload: { serviceMs: 3_600_000 }, signal: abort.signal });
    const reason = new Error('draining');
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  test('takes no time for a service time of 0', async () => {
    const { value } = await runKind(calibratedKind, { payload: { serviceMs: 0 }, clock: new VirtualClock() });
    expect(value).toEqual({ serviceMs: 0, waitedMs: 0, driftMs: 0 });
  });

  test.each([
    ['no payload', undefined, 'serviceMs: expected ms from 0 to 3600000, got nothing'],
    ['text', { serviceMs: '5' }, 'serviceMs: expected ms from 0 to 3600000, got "5"'],
    ['negative', { serviceMs: -1 }, 'serviceMs: expected ms from 0 to 3600000, got -1'],
    ['more than an hour', { serviceMs: 3_600_001 }, 'serviceMs: expected ms from 0 to 3600000, got 3600001'],
    ['a key too many', { serviceMs: 5, speed: 2 }, '"speed"'],
  ])('refuses for good: %s', async (_, payload, message) => {
    const running = runKind(calibratedKind, { payload });
    await expect(running).rejects.toBeInstanceOf(PermanentError);
    await expect(running).rejects.toThrow(message);
  });
});
