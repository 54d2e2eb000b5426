import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { laneName } from '#shared/queue/keys.ts';
import { LANES } from '#shared/queue/lane-rule.ts';
import { claimed, message } from '../../contract/queue.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';

let farm: TestFarm;
beforeEach(async () => {
  farm = await openTestFarm();
});
afterEach(async () => {
  await farm.close();
});

/** A phase that waits, two tasks of run one and one of a user in the lane, a user's task in input, and one in hand. */
async function someOfEach(): Promise<void> {
  await farm.inbox.submit([message('in-hand')]);
  await farm.inbox.take(10);
  claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
  const own = [message('one-0', { run: 'one' }), message('one-1', { run: 'one' }), message('mine')];
  await farm.inbox.submit(own);
  await farm.inbox.take(10);
  await farm.inbox.submit([
    { kind: 'phase', id: 'two/0', phase: { run: 'two', index: 0, name: 'quiet' } },
    message('mine-too'),
  ]);
}

const deadIds = async (): Promise<string[]> =>
  (await farm.archive.deadLetters({ offset: 0, limit: 100 })).letters.map(({ id }) => id).sort();

describe('the backlog', () => {
  it('says whose work waits, in input, taken and in lanes', async () => {
    await someOfEach();
    expect(await farm.backlog.read()).toEqual(
      new Map<string | null, number>([
        ['two', 1],
        [null, 2],
        ['one', 2],
      ]),
    );
    // Taken by the emitter, it still waits.
    await farm.inbox.take(1);
    expect((await farm.backlog.read()).get('two')).toBe(1);
  });

  it('buries the waiting tasks of a run, and no others', async () => {
    await someOfEach();
    expect([...(await farm.backlog.bury(['one'], 'not wanted'))].sort()).toEqual(['one-0', 'one-1']);
    expect(await deadIds()).toEqual(['one-0', 'one-1']);
    const [letter] = (await farm.archive.deadLetters({ offset: 0, limit: 1 })).letters;
    expect(letter).toMatchObject({ error: 'not wanted', attempts: 0, run: 'one' });
    expect(await farm.backlog.read()).toEqual(
      new Map<string | null, number>([
        ['two', 1],
        [null, 2],
      ]),
    );
  });

  it('buries everybody’s tasks but those in hand, and what was buried can be brought back to the same deadline', async () => {
    await someOfEach();
    const before = await farm.observer.read(0);
    expect([...(await farm.backlog.bury('all', 'cleared'))].sort()).toEqual(['mine', 'mine-too', 'one-0', 'one-1']);
    const after = await farm.observer.read(0);
    expect(after).toMatchObject({ input: 1, waiting: 0, inFlight: 1, deadLetters: 4 });
    expect(after.totals).toMatchObject({ submitted: before.totals.submitted, dead: 4 });
    const [letter] = (await farm.archive.deadLetters({ offset: 0, limit: 1 })).letters;
    expect(await farm.archive.retry('all')).toBe(4);
    const claim = claimed(await farm.source.claim({ worker: 'w2', sequence: 1 }));
    expect(claim.task.deadlineAt - claim.task.generatedAt).toBeCloseTo(claim.task.deadlineMs);
    expect(letter!.deadlineAt - letter!.generatedAt).toBeCloseTo(letter!.deadlineMs);
  });

  it('leaves as many rings as there is work', async () => {
    await someOfEach();
    await farm.backlog.bury([null], 'cleared');
    expect((await farm.observer.read(0)).waiting).toBe(2);
    expect(await farm.redis.llen(farm.keys.wakeWorker)).toBe(2);
    expect(await farm.redis.llen(farm.keys.wakeInput)).toBe(1);
    await farm.backlog.bury('all', 'cleared');
    const lanes = Array.from({ length: LANES }, (_, lane) => farm.keys.lane(laneName(lane)));
    expect(await farm.redis.exists(farm.keys.wakeWorker, farm.keys.line, ...lanes, farm.keys.occupied)).toBe(0);
  });

  it('buries nothing for nobody, and nothing twice', async () => {
    await someOfEach();
    expect(await farm.backlog.bury([], 'cleared')).toEqual([]);
    await farm.backlog.bury('all', 'cleared');
    expect(await farm.backlog.bury('all', 'cleared')).toEqual([]);
  });
});
