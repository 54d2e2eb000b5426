import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisLease } from '#shared/lease.ts';
import { resultBlob } from '#shared/queue/blobs.ts';
import { taskId } from '#shared/task.ts';
import { claimed, claimsOf, enqueue, message } from '../../contract/queue.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';
import { expireLeases } from '../../support/hands.ts';

/** What only Redis has: keys, wake lists, the observation, blobs, and leases. */
let farm: TestFarm;
beforeEach(async () => {
  farm = await openTestFarm('queue: {maxAttempts: 3, maxBlobBytes: 2048, maxBlobTotalBytes: 4096, retainRecords: 3}');
});
afterEach(async () => {
  await farm.close();
});
const done = { kind: 'done', value: { ok: true }, serviceMs: 12.5 } as const;

async function complete(...ids: string[]): Promise<void> {
  await enqueue(farm, ...ids);
  for (const id of ids) {
    const claim = claimed(await farm.source.claim({ worker: `w-${id}`, sequence: 1 }));
    await farm.source.finish({ worker: `w-${id}`, sequence: 2, ended: [{ claim, outcome: done }], most: 0 });
  }
  await farm.sink.commit(ids);
}

describe('wake lists', () => {
  const rings = (): Promise<number> => farm.redis.llen(farm.keys.wakeWorker);

  it('hold as many rings as there is work, and none when there is none', async () => {
    await enqueue(farm, 'a', 'b', 'c');
    expect(await rings()).toBe(3);
    await farm.source.claim({ worker: 'w', sequence: 1 });
    expect(await rings()).toBe(2);
    await farm.source.claim({ worker: 'w', sequence: 2 });
    await farm.source.claim({ worker: 'w', sequence: 3 });
    expect(await rings()).toBe(0);
  });

  it('are filled again after a member swallowed a ring and died', async () => {
    await enqueue(farm, 'a', 'b');
    await farm.redis.del(farm.keys.wakeWorker);
    await farm.source.reclaim({ worker: 'nobody' });
    expect(await rings()).toBe(2);
  });

  it('stay short however much waits', async () => {
    await enqueue(farm, ...Array.from({ length: 150 }, (_, i) => `t-${i}`));
    expect(await rings()).toBe(64);
  });
});

describe('the inbox', () => {
  it('asks one thing after the other: after a broken connection one may be repeated, and Redis knows the last answer', async () => {
    const { redis, inbox } = farm;
    const evalsha = redis.evalsha.bind(redis);
    let open = 0;
    const openAtOnce: number[] = [];
    vi.spyOn(redis, 'evalsha').mockImplementation(async (...args: Parameters<typeof evalsha>) => {
      openAtOnce.push((open += 1));
      try {
        return await evalsha(...args);
      } finally {
        open -= 1;
      }
    });
    const asked = [inbox.submit([message('a')]), inbox.take(10), inbox.submit([message('b'), message('a')])];
    expect(await Promise.all(asked)).toEqual([
      { accepted: 1, duplicates: [] },
      { moved: 1, phase: null },
      { accepted: 1, duplicates: ['a'] },
    ]);
    expect(Math.max(...openAtOnce)).toBe(1);
  });
});

describe('the observation', () => {
  it('reads every queue, counter and the window in one script', async () => {
    await complete('a', 'b');
    await enqueue(farm, 'c', 'd', 'e');
    await farm.source.claim({ worker: 'w', sequence: 1 });
    await farm.inbox.submit([message('f')]);
    await farm.roster.announce({ id: 'w', role: 'worker' });
    const reading = await farm.observer.read(5_000);
    expect(reading).toMatchObject({
      input: 1,
      emitting: 0,
      waiting: 2,
      inFlight: 1,
      result: 0,
      deadLetters: 0,
      members: 1,
    });
    expect(reading.totals).toMatchObject({ submitted: 6, emitted: 5, claimed: 3, finished: 2, collected: 2, met: 2 });
    expect(reading.window).toMatchObject({ count: 2, met: 2, meanServiceMs: 12.5 });
    expect(reading.window.maxSojournMs).toBeGreaterThanOrEqual(reading.window.meanSojournMs);
    expect(reading.oldestSlackMs).toBeGreaterThan(0);
  });

  it('holds an empty farm', async () => {
    const reading = await farm.observer.read(8_000);
    expect(reading).toMatchObject({
      input: 0,
      waiting: 0,
      oldestSlackMs: null,
      window: { count: 0, meanSojournMs: 0 },
    });
  });

  it('forgets what is older than the window', async () => {
    await complete('a');
    const [slot, ...sums] = ((await farm.redis.hvals(farm.keys.window))[0] ?? '').split(' ');
    const old = Number(slot) - 100;
    await farm.redis.del(farm.keys.window);
    await farm.redis.hset(farm.keys.window, String(old % 1200), [old, ...sums].join(' '));
    expect((await farm.observer.read(5_000)).window.count).toBe(0);
    expect((await farm.observer.read(15_000)).window.count).toBe(1);
  });
});

describe('output', () => {
  it('keeps as many records as it may, the newest ones', async () => {
    await complete('a', 'b', 'c', 'd');
    const { total, records } = await farm.archive.records({ offset: 0, limit: 10 });
    expect(total).toBe(3);
    expect(records.map(({ id }) => id)).toEqual(['d', 'c', 'b']);
    expect((await farm.archive.find('a')).state).toBe('unknown');
    expect((await farm.observer.read(1_000)).totals.collected).toBe(4);
  });

  it('keeps them as long as it may, and looks when nothing is collected, too', async () => {
    await complete('a', 'b');
    const [first = ''] = await farm.redis.lrange(farm.keys.output, 0, 0);
    expect(first).toMatch(/^a \d+\.\d{3}$/);
    await farm.redis.lset(farm.keys.output, 0, 'a 1');
    expect(await farm.sink.commit([])).toEqual([]);
    expect((await farm.archive.records({ offset: 0, limit: 10 })).records.map(({ id }) => id)).toEqual(['b']);
    expect(await farm.redis.hkeys(farm.keys.record)).toEqual(['b']);
  });

  it('drops and counts a result whose task has a record already', async () => {
    await complete('a');
    const entry = await farm.redis.hget(farm.keys.record, 'a');
    await farm.redis.rpush(farm.keys.result, (entry ?? '').split(' ').slice(2).join(' '));
    await farm.sink.commit(['a']);
    expect((await farm.archive.records({ offset: 0, limit: 10 })).total).toBe(1);
    expect((await farm.observer.read(1_000)).totals).toMatchObject({ collected: 1, duplicates: 1 });
  });
});

describe('bodies', () => {
  const ids = (): Promise<string[]> => farm.redis.hkeys(farm.keys.body);

  it.each([
    { name: 'small', length: 10 },
    { name: 'large', length: 20_000 },
  ])('a $name one comes back as it went, alone and in a batch', async ({ length }) => {
    const payload = { text: 'ä⏎\n"'.repeat(length) };
    await farm.inbox.submit(['a', 'b', 'c'].map((id) => message(id, { payload, run: 'r' })));
    await farm.inbox.take(3);
    const one = { worker: 'w', sequence: 1, most: 1 };
    const claim = claimed(await farm.source.claim(one));
    expect(claim.task).toMatchObject({ id: 'a', payload, run: 'r' });
    expect(claimed(await farm.source.claim(one))).toEqual(claim);
    const batch = claimsOf(await farm.source.claim({ worker: 'w', sequence: 2, most: 2 }));
    expect(batch.map(({ task }) => [task.id, task.payload])).toEqual([
      ['b', payload],
      ['c', payload],
    ]);
    const ended = [claim, ...batch].map((each) => ({ claim: each, outcome: done }));
    await farm.source.finish({ worker: 'w', sequence: 3, ended, most: 0 });
    const collected = await farm.sink.commit((await farm.sink.take(3)).map(({ id }) => id));
    const { records } = await farm.archive.records({ offset: 0, limit: 3 });
    // The collector does without bodies.
    expect(records.toReversed()).toEqual(collected.map((record) => ({ ...record, kind: 'calibrated', payload })));
    expect(collected.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('of any lengths come back, those of one claim and of the next', async () => {
    const lengths = [5, 9_000, 20_000, 9, 4, 7_000, 1, 2];
    await farm.inbox.submit(lengths.map((length, i) => message(`t-${i}`, { payload: 'x'.repeat(length) })));
    await farm.inbox.take(lengths.length);
    const got: unknown[] = [];
    for (const [i, most] of [2, 1, 3, 1, 1].entries()) {
      const claims = claimsOf(await farm.source.claim({ worker: 'w', sequence: i + 1, most }));
      got.push(...claims.map(({ task }) => String(task.payload).length));
    }
    expect(got).toEqual(lengths);
  });

  it('long ones that are gone when they are read are of claims that were lost meanwhile', async () => {
    await farm.inbox.submit(['a', 'b', 'c'].map((id) => message(id, { payload: 'x'.repeat(10_000) })));
    await farm.inbox.take(3);
    // From now on bodies are read after the claim.
    claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
    const request = { worker: 'w', sequence: 2, most: 2 };
    await farm.redis.hdel(farm.keys.body, 'b');
    expect(claimed(await farm.source.claim(request)).task.id).toBe('c');
    await farm.redis.hdel(farm.keys.body, 'c');
    expect(await farm.source.claim(request)).toEqual({ kind: 'empty', waitMs: 0 });
  });

  it('go with the last record or dead letter of their tasks', async () => {
    await complete('a', 'b', 'c', 'd');
    expect((await ids()).sort()).toEqual(['b', 'c', 'd']);
    await enqueue(farm, 'bad');
    const bad = claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
    const outcome = { kind: 'failed', error: 'no', retry: false, serviceMs: 1 } as const;
    await farm.source.finish({ worker: 'w', sequence: 2, ended: [{ claim: bad, outcome }], most: 0 });
    expect(await ids()).toContain('bad');
    await farm.archive.discard(['bad']);
    expect((await ids()).sort()).toEqual(['b', 'c', 'd']);
  });

  it('of a duplicate is dropped: the first one stands', async () => {
    await farm.inbox.submit([message('a', { payload: 'first' })]);
    await farm.inbox.submit([message('a', { payload: 'second' })]);
    await farm.inbox.take(1);
    expect(claimed(await farm.source.claim({ worker: 'w', sequence: 1 })).task.payload).toBe('first');
  });
});

describe('the look for expired leases', () => {
  it('is not put off by a clock that was set back', async () => {
    await enqueue(farm, 'a');
    await farm.source.claim({ worker: 'w', sequence: 1 });
    await expireLeases(farm.redis, farm.keys);
    await farm.redis.set(farm.keys.look, String(4e12));
    expect((await farm.source.reclaim()).returned).toBe(1);
  });

  it('returns a hundred at most in a call, and all of them in the end as they stood', async () => {
    const all = Array.from({ length: 150 }, (_, i) => `t-${i}`);
    await enqueue(farm, ...all);
    for (const id of all) await farm.source.claim({ worker: `w-${id}`, sequence: 1 });
    await expireLeases(farm.redis, farm.keys);
    expect(await farm.source.reclaim()).toMatchObject({ returned: 100, waitMs: 0 });
    expect(await farm.source.reclaim()).toMatchObject({ returned: 50 });
    const again = [];
    for (const id of all) again.push(claimed(await farm.source.claim({ worker: `w-${id}`, sequence: 2 })).task.id);
    expect(again).toEqual(all);
  });
});

describe('blobs', () => {
  it('an empty one expires, and the next is taken', async () => {
    await farm.blobs.put('empty', Buffer.alloc(0));
    await farm.redis.zadd(farm.keys.blobExpiry, 1, 'empty');
    await farm.blobs.put('next', Buffer.alloc(3));
    expect((await farm.blobs.usage()).bytes).toBe(3);
  });

  it("keep a task's output under an id that no task can have", () => {
    const longest = 'x'.repeat(128);
    for (const id of ['a', 'a.out', longest]) expect(taskId.safeParse(resultBlob(id)).success).toBe(false);
    expect(resultBlob('a')).not.toBe(resultBlob('a.out'));
  });

  it('keep bytes as they are and count what they hold', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    await farm.blobs.put('a', bytes);
    expect(await farm.blobs.get('a')).toEqual(bytes);
    expect((await farm.blobs.usage()).bytes).toBe(5);
    await farm.blobs.put('a', Buffer.alloc(2));
    expect((await farm.blobs.usage()).bytes).toBe(2);
    await farm.blobs.delete('a');
    await farm.blobs.delete('a');
    expect(await farm.blobs.get('a')).toBeNull();
    expect((await farm.blobs.usage()).bytes).toBe(0);
  });

  it('refuse what is too large, and what does not fit in any more', async () => {
    await expect(farm.blobs.put('a', Buffer.alloc(2049))).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await farm.blobs.put('b', Buffer.alloc(2048));
    await farm.blobs.put('c', Buffer.alloc(2048));
    await expect(farm.blobs.put('d', Buffer.alloc(1))).rejects.toMatchObject({ code: 'BLOBS_FULL' });
    await farm.blobs.put('c', Buffer.alloc(2047));
  });

  it.each(['size', 'expiry'])('of a task that is called %s is one like others', async (id) => {
    await farm.blobs.put('a', Buffer.alloc(2));
    await farm.blobs.put(id, Buffer.alloc(3));
    await farm.blobs.put('a', Buffer.alloc(4));
    expect((await farm.blobs.usage()).bytes).toBe(7);
    await farm.blobs.delete(id);
    expect((await farm.blobs.usage()).bytes).toBe(4);
  });

  it('make room when they expire', async () => {
    await farm.blobs.put('b', Buffer.alloc(2048));
    await farm.blobs.put('c', Buffer.alloc(2048));
    await farm.redis.zadd(farm.keys.blobExpiry, '1', 'b');
    await farm.blobs.put('d', Buffer.alloc(2048));
    expect((await farm.blobs.usage()).bytes).toBe(4096);
  });

  it('live exactly as long as their task', async () => {
    await farm.inbox.submit([message('a', { blob: true }), message('b', { blob: true })]);
    for (const id of ['a', 'b']) {
      await farm.blobs.put(id, Buffer.from(id));
      await farm.inbox.take(1);
    }
    const a = claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
    const { next } = await farm.source.finish({
      worker: 'w',
      sequence: 2,
      ended: [{ claim: a, outcome: done }],
      most: 1,
    });
    expect(await farm.blobs.get('a')).toBeNull();
    const bad = { kind: 'failed', error: 'no', retry: false, serviceMs: 1 } as const;
    await farm.source.finish({ worker: 'w', sequence: 3, ended: [{ claim: claimed(next), outcome: bad }], most: 0 });
    expect(await farm.blobs.get('b')).not.toBeNull();
    await farm.archive.discard('all');
    expect(await farm.blobs.get('b')).toBeNull();
  });
});

describe('the roster', () => {
  it('forgets members that died without leaving', async () => {
    await farm.roster.announce({ id: 'old', role: 'worker' });
    await farm.redis.zadd(farm.keys.seen, '1', 'old');
    await farm.roster.announce({ id: 'new', role: 'worker' });
    expect((await farm.roster.members()).map(({ id }) => id)).toEqual(['new']);
  });

  it('keeps one that died with a task until the task has gone back', async () => {
    await enqueue(farm, 'a');
    await farm.roster.announce({ id: 'old', role: 'worker' });
    claimed(await farm.source.claim({ worker: 'old', sequence: 1 }));
    await farm.redis.zadd(farm.keys.seen, '1', 'old');
    await farm.roster.announce({ id: 'new', role: 'worker' });
    expect((await farm.roster.members()).map(({ id }) => id)).toContain('old');
    await farm.source.reclaim({ worker: 'old' });
    await farm.roster.announce({ id: 'newer', role: 'worker' });
    expect((await farm.roster.members()).map(({ id }) => id)).not.toContain('old');
    expect(await farm.redis.hkeys(farm.keys.hands)).toEqual([]);
  });

  it('does not ask a silent member, and rings the one that it asks', async () => {
    await farm.roster.announce({ id: 'dead', role: 'worker' });
    await farm.roster.announce({ id: 'alive', role: 'worker' });
    await farm.redis.zadd(farm.keys.seen, '1', 'dead');
    const order = { order: 'o', type: 'scale-down', role: 'worker', count: 2, timeoutMs: 5_000 } as const;
    expect(await farm.roster.request(order)).toEqual(['alive']);
    expect(await farm.redis.llen(farm.keys.mail('alive'))).toBe(1);
  });
});

describe('leader lease', () => {
  const lease = (holder: string, ttlMs = 10_000): RedisLease =>
    new RedisLease({ redis: farm.redis, key: farm.keys.leader('test'), holder, ttlMs });

  it('has one holder, who may renew; its epoch grows with each change', async () => {
    const [a, b] = [lease('a'), lease('b')];
    expect(await a.hold()).toBe(1);
    expect(await a.hold()).toBe(1);
    expect(await b.hold()).toBeNull();
    await b.release();
    expect(await b.hold()).toBeNull();
    await a.release();
    expect(await b.hold()).toBe(2);
    expect(await a.hold()).toBeNull();
  });

  it('is taken over when it ran out, and the late holder comes back with a new epoch', async () => {
    const a = lease('a');
    await a.hold();
    await farm.redis.hset(farm.keys.leader('test'), 'till', '1');
    expect(await lease('b').hold()).toBe(2);
    await farm.redis.hset(farm.keys.leader('test'), 'till', '1');
    expect(await a.hold()).toBe(3);
  });
});

it('touches only keys of its own farm', async () => {
  await complete('a', 'b');
  await farm.blobs.put('x', Buffer.alloc(1));
  await farm.journal.append({ step: 1 });
  expect(await farm.journal.list(5)).toEqual([{ step: 1 }]);
  for (const [name, key] of Object.entries(farm.keys)) {
    const texts =
      typeof key === 'function' ? [(key as (id: string) => string)('x')] : [key as string | string[]].flat();
    for (const text of texts) expect(text, name).toMatch(new RegExp(`^\\{${farm.config.farm}\\}:`));
  }
});
