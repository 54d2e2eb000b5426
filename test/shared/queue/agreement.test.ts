import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import type { ClaimReply } from '#shared/queue/task-source.ts';
import { message, task, type QueueUnderTest } from '../../contract/queue.ts';
import { openTestFarm } from '../../support/farm.ts';

type Sides = Pick<QueueUnderTest, 'inbox' | 'source' | 'sink' | 'archive' | 'expireLeases'>;

/** One step of a history: who does what. Workers and ids are few, so that steps meet. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('submit' as const), id: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claim' as const), worker: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      worker: fc.nat(2),
      outcome: fc.constantFrom('done' as const, 'done' as const, 'retry' as const, 'bury' as const),
      claimNext: fc.boolean(),
      repeat: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), worker: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), worker: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revive' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const outcomes: Record<'done' | 'retry' | 'bury', Outcome> = {
  done: { kind: 'done', value: 1, serviceMs: 1 },
  retry: { kind: 'failed', error: 'again', retry: true, serviceMs: 1 },
  bury: { kind: 'failed', error: 'never', retry: false, serviceMs: 1 },
};

/** Plays a history and tells, step by step, what its actors saw. Workers keep claims that they have lost, as zombies do. */
async function play(queue: Sides, history: readonly Step[]): Promise<string[]> {
  const seen: string[] = [];
  const claims = new Map<number, Claim>();
  const sequences = new Map<number, number>();
  const next = (worker: number): number => {
    const sequence = (sequences.get(worker) ?? 0) + 1;
    sequences.set(worker, sequence);
    return sequence;
  };
  const note = (worker: number, reply: ClaimReply): string => {
    if (reply.kind !== 'task') {
      claims.delete(worker);
      return reply.kind;
    }
    claims.set(worker, reply.claim);
    return `${reply.claim.task.id}#${reply.claim.epoch}/${reply.claim.task.attempts}`;
  };
  for (const at of history) {
    switch (at.do) {
      case 'submit': {
        const id = `t${at.id}`;
        const { accepted } = await queue.inbox.submit([message(id)]);
        for (const taken of await queue.inbox.take(1)) {
          await queue.inbox.emit({ messageId: taken.message.id, tasks: [task(id)], emitted: 1, done: true });
        }
        seen.push(`submit ${id}: ${accepted}`);
        break;
      }
      case 'claim':
        if (claims.has(at.worker)) break;
        seen.push(
          `claim: ${note(at.worker, await queue.source.claim({ worker: `w${at.worker}`, sequence: next(at.worker) }))}`,
        );
        break;
      case 'finish': {
        const claim = claims.get(at.worker);
        if (claim === undefined) break;
        const { claimNext } = at;
        const request = {
          worker: `w${at.worker}`,
          sequence: next(at.worker),
          claim,
          outcome: outcomes[at.outcome],
          claimNext,
        };
        const reply = await queue.source.finish(request);
        if (at.repeat) expect((await queue.source.finish(request)).accepted).toBe(reply.accepted);
        seen.push(`finish ${claim.task.id}: ${reply.accepted}, ${note(at.worker, reply.next)}`);
        break;
      }
      case 'release': {
        const claim = claims.get(at.worker);
        if (claim === undefined) break;
        claims.delete(at.worker);
        seen.push(`release: ${await queue.source.release({ ...claim, worker: `w${at.worker}` })}`);
        break;
      }
      case 'crash':
        claims.delete(at.worker);
        {
          const { returned, dead } = await queue.source.reclaim({ worker: `w${at.worker}` });
          seen.push(`crash: ${returned} ${dead}`);
        }
        break;
      case 'expire':
        await queue.expireLeases();
        seen.push('expire');
        break;
      case 'collect': {
        const ids = (await queue.sink.take(3)).map(({ id }) => id);
        seen.push(`collect: ${(await queue.sink.commit(ids)).map(({ id, worker }) => `${id}@${worker}`).join()}`);
        break;
      }
      case 'revive':
        seen.push(`revive: ${await queue.archive.retry('all')}`);
        break;
    }
  }
  return seen;
}

/** Runs everything that is left to its end, and says where each task is. */
async function settle(queue: Sides): Promise<Record<string, string>> {
  await queue.expireLeases();
  for (let sequence = 1; sequence <= 200; sequence += 1) {
    const reply = await queue.source.claim({ worker: 'last', sequence: 2 * sequence });
    if (reply.kind !== 'task') break;
    const request = {
      worker: 'last',
      sequence: 2 * sequence + 1,
      claim: reply.claim,
      outcome: outcomes.done,
      claimNext: false,
    };
    await queue.source.finish(request);
  }
  for (;;) {
    const ids = (await queue.sink.take(100)).map(({ id }) => id);
    if (ids.length === 0) break;
    await queue.sink.commit(ids);
  }
  const states = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => [`t${i}`, (await queue.archive.find(`t${i}`)).state] as const),
  );
  return Object.fromEntries(states);
}

it('Redis and memory agree on every history, and every accepted task ends exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (history) => {
      const clock = new VirtualClock();
      const inMemory = openMemoryFarm({ clock, rule: { leaseMs: 5_000, maxAttempts: 3 } });
      const inRedis = await openTestFarm('queue: {maxAttempts: 3}');
      try {
        const memory = { ...inMemory, expireLeases: () => clock.advance(5_000) };
        const redis = {
          ...inRedis,
          async expireLeases() {
            const { redis: connection, keys } = inRedis;
            const order = await connection.zrange(keys.lease, '0', '-1');
            for (const [i, id] of order.entries()) await connection.zadd(keys.lease, String(i + 1), id);
          },
        };
        const seen = await play(redis, history);
        expect(seen).toEqual(await play(memory, history));
        const submitted = new Set(
          seen.filter((line) => line.endsWith(': 1') && line.startsWith('submit')).map((line) => line.slice(7, 9)),
        );
        const ends = await settle(redis);
        expect(ends).toEqual(await settle(memory));
        for (const [id, end] of Object.entries(ends)) {
          expect(submitted.has(id) ? ['completed', 'dead'] : ['unknown'], `${id} ended ${end}`).toContain(end);
        }
        const { records } = await redis.archive.records({ offset: 0, limit: 100 });
        expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
        expect((await inRedis.observer.read(1_000)).totals.duplicates).toBe(0);
      } finally {
        await inRedis.close();
      }
    }),
    { numRuns: 200, seed: 20261122 },
  );
}, 60_000);
