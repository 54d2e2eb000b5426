import { MINUTE, SECOND, VirtualClock } from '#shared/clock.ts';
import { describe, expect, it } from 'vitest';
import { inTime, whileItMoves } from '../../chaos/in-time.ts';

const clock = new VirtualClock();

describe('inTime', () => {
  it('is what the work comes to', async () => {
    expect(await inTime('the work', Promise.resolve(7), { clock, withinMs: SECOND })).toBe(7);
    const failed = inTime('the work', Promise.reject(new Error('no')), { clock, withinMs: SECOND });
    await expect(failed).rejects.toThrow('no');
  });

  it('says what is not over', async () => {
    const never = inTime('the work', new Promise(() => undefined), { clock, withinMs: 90 * SECOND });
    const said = expect(never).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'the chaos harness hangs: the work is not over after 90 s',
    });
    await clock.advance(90 * SECOND);
    await said;
  });
});

describe('whileItMoves', () => {
  const patience = { clock, patienceMs: MINUTE };

  it('waits for as long as something moves', async () => {
    let finish: (what: string) => void = () => undefined;
    let tasks = 0;
    const work = new Promise<string>((resolve) => (finish = resolve));
    const outcome = whileItMoves(() => `${tasks} tasks`, work, patience);
    for (; tasks < 10; tasks += 1) await clock.advance(MINUTE - SECOND);
    finish('over');
    expect(await outcome).toBe('over');
  });

  it('shows what stands still', async () => {
    const stuck = whileItMoves(() => '3 of 4 faults over; now redis-killed', new Promise(() => undefined), patience);
    const said = expect(stuck).rejects.toThrow('nothing has moved for 60 s: 3 of 4 faults over; now redis-killed');
    await clock.advance(2 * MINUTE);
    await said;
  });
});
