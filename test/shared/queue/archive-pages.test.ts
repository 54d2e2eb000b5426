import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import { claimed, claimsOf, message, type QueueUnderTest } from '../../contract/queue.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';

type Queue = Pick<QueueUnderTest, 'inbox' | 'source' | 'sink' | 'archive'>;

let farm: TestFarm;
beforeEach(async () => {
  farm = await openTestFarm('queue: {retainRecords: 3}');
});
afterEach(() => farm.close());

/** Submits tasks of runs and finishes them in this order; `value` of each. */
async function finish(queue: Queue, runs: Readonly<Record<string, string | null>>, value: unknown = 1): Promise<void> {
  const tasks = Object.entries(runs);
  await queue.inbox.submit(tasks.map(([id, run]) => message(id, run === null ? {} : { run })));
  await queue.inbox.take(tasks.length);
  for (const [id] of tasks) {
    const claim = claimed(await queue.source.claim({ worker: `w-${id}`, sequence: 1 }));
    const outcome = { kind: 'done', value, serviceMs: 1 } as const;
    await queue.source.finish({ worker: `w-${id}`, sequence: 2, ended: [{ claim, outcome }], most: 0 });
  }
}

async function pageOf(queue: Queue, run: string, offset = 0, limit = 10): Promise<[number, string[]]> {
  const { total, records } = await queue.archive.records({ run, offset, limit });
  return [total, records.map(({ id }) => id)];
}

describe('the records of a run', () => {
  const memory = (): Queue =>
    openMemoryFarm({
      clock: new VirtualClock(),
      rule: { leaseMs: 5_000, maxAttempts: 3 },
      dispatch: { dispatch: 'fifo', lateEvery: 32 },
    });
  it.each([
    { name: 'Redis', open: () => openTestFarm() },
    { name: 'memory', open: async () => ({ ...memory(), close: async () => undefined }) },
  ])('are paged by themselves, whatever its tasks are called, in $name', async ({ open }) => {
    await using queue = Object.assign(await open(), { [Symbol.asyncDispose]: () => queue.close() });
    const runs = { 'r-0': 'r', other: null, 's-0': 's', odd: 'r', '-1': 'r', '=2': 'r', 'r-1': 'r', 'r-2': 'r' };
    await finish(queue, runs);
    await queue.sink.commit(Object.keys(runs).slice(0, 3));
    await queue.sink.commit(Object.keys(runs).slice(3));
    expect(await pageOf(queue, 'r')).toEqual([6, ['r-2', 'r-1', '=2', '-1', 'odd', 'r-0']]);
    expect(await pageOf(queue, 'r', 1, 2)).toEqual([6, ['r-1', '=2']]);
    expect(await pageOf(queue, 'r', 6)).toEqual([6, []]);
    expect(await pageOf(queue, 's')).toEqual([1, ['s-0']]);
    expect(await pageOf(queue, 'unknown')).toEqual([0, []]);
  });

  it('go with the records, whichever of the runs loses one', async () => {
    const complete = async (id: string, run: string): Promise<void> => {
      await finish(farm, { [id]: run });
      await farm.sink.commit([id]);
    };
    await complete('r-0', 'r');
    await complete('s-0', 's');
    await complete('r-1', 'r');
    await complete('odd', 'r');
    expect([await pageOf(farm, 'r'), await pageOf(farm, 's')]).toEqual([
      [2, ['odd', 'r-1']],
      [1, ['s-0']],
    ]);
    expect(await farm.redis.lrange(farm.keys.outputOf('r'), 0, -1)).toEqual(['-1', '=odd']);
    await complete('s-1', 's');
    await complete('s-2', 's');
    expect([await pageOf(farm, 'r'), await pageOf(farm, 's')]).toEqual([
      [1, ['odd']],
      [2, ['s-2', 's-1']],
    ]);
    await complete('s-3', 's');
    expect(await farm.redis.exists(farm.keys.outputOf('r'))).toBe(0);
  });

  it('lose nothing when a record goes that is older than their list', async () => {
    await finish(farm, { 'r-0': 'r', 'r-1': 'r' });
    await farm.sink.commit(['r-0', 'r-1']);
    await farm.redis.lpop(farm.keys.outputOf('r'));
    await farm.redis.lset(farm.keys.output, 0, 'r-0 1');
    await farm.sink.commit([]);
    expect((await farm.archive.find('r-0')).state).toBe('unknown');
    expect(await pageOf(farm, 'r')).toEqual([1, ['r-1']]);
  });
});

describe('large results', () => {
  const MIB = 2 ** 20;

  it('are taken and listed in parts that a process can hold', async () => {
    await using queue = Object.assign(await openTestFarm(), { [Symbol.asyncDispose]: () => queue.close() });
    const ids = Array.from({ length: 9 }, (_, n) => `r-${n}`);
    await finish(queue, Object.fromEntries(ids.map((id) => [id, 'r'])), 'x'.repeat(MIB));
    const batches: number[] = [];
    for (;;) {
      const taken = await queue.sink.take(200);
      if (taken.length === 0) break;
      batches.push(taken.length);
      expect(await queue.sink.commit(taken.map(({ id }) => id))).toHaveLength(taken.length);
    }
    expect(batches).toEqual([8, 1]);
    const listed: string[] = [];
    for (;;) {
      const { total, records } = await queue.archive.records({ offset: listed.length, limit: 10_000 });
      expect([total, records.length <= 8]).toEqual([9, true]);
      listed.push(...records.map(({ id }) => id));
      if (records.length === 0) break;
    }
    expect(listed).toEqual(ids.toReversed());
  });

  it('do not keep short ones from being taken all at once', async () => {
    await using queue = Object.assign(await openTestFarm(), { [Symbol.asyncDispose]: () => queue.close() });
    const short = Array.from({ length: 600 }, (_, n) => `short-${n}`);
    await queue.inbox.submit(short.map((id) => message(id)));
    await queue.inbox.take(600);
    const claims = claimsOf(await queue.source.claim({ worker: 'w', sequence: 1, most: 600 }));
    const outcome = { kind: 'done', value: 1, serviceMs: 1 } as const;
    await queue.source.finish({
      worker: 'w',
      sequence: 2,
      ended: claims.map((claim) => ({ claim, outcome })),
      most: 0,
    });
    expect(await queue.sink.take(600)).toHaveLength(600);
  });
});
