import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { VirtualClock } from '#shared/clock.ts';
import { parseConfig } from '#shared/config.ts';
import { FRONT_LANE, laneName } from '#shared/queue/keys.ts';
import { dispatchOrders, LANES } from '#shared/queue/lane-rule.ts';
import { Lanes } from '#shared/queue/lanes.ts';
import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import type { ClaimReply } from '#shared/queue/task-source.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { claimed, message, task, type QueueUnderTest } from '../../contract/queue.ts';
import { redisOnClock } from '../../support/redis-on-clock.ts';
import { testRedis } from '../../support/redis.ts';

const LEASE_MS = 5_000;

type Sides = Pick<QueueUnderTest, 'inbox' | 'source' | 'sink' | 'archive' | 'expireLeases'> & {
  roster: Pick<QueueUnderTest['roster'], 'announce'>;
};

/** How long each task of a batch waits for the one before it. */
const stepMs = fc.constantFrom(0, 0, 10, 300, 5_000);

/** One step of a history: who does what. Workers and ids are few, so that steps meet. */
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      id: fc.nat(7),
      expectedServiceMs: fc.constantFrom(20, 300, 900, 2_000, 6_000, 40_000),
      bytes: fc.constantFrom(0, 10, 6_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      worker: fc.nat(2),
      most: fc.integer({ min: 1, max: 4 }),
      stepMs,
      repeat: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      worker: fc.nat(2),
      /** One outcome a claim in hand, from the first on; more than there are come to nothing. */
      outcomes: fc.array(fc.constantFrom('done' as const, 'done' as const, 'retry' as const, 'bury' as const), {
        minLength: 1,
        maxLength: 4,
      }),
      most: fc.nat(3),
      stepMs,
      repeat: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), worker: fc.nat(2), count: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('announce' as const), worker: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), worker: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revive' as const) }) },
);
/** Two things never happen in one millisecond. */
const step = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 3_000 })),
  action,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const outcomes: Record<'done' | 'retry' | 'bury', Outcome> = {
  done: { kind: 'done', value: 1, serviceMs: 1 },
  retry: { kind: 'failed', error: 'again', retry: true, serviceMs: 1 },
  bury: { kind: 'failed', error: 'never', retry: false, serviceMs: 1 },
};

/** Plays a history and tells, step by step, what its actors saw. Workers keep claims that they have lost, as zombies do. */
async function play(queue: Sides, history: readonly Step[], clock: VirtualClock): Promise<string[]> {
  const seen: string[] = [];
  const claims = new Map<number, Claim[]>();
  const held = (worker: number): Claim[] => claims.get(worker) ?? [];
  const sequences = new Map<number, number>();
  const next = (worker: number): { worker: string; sequence: number } => {
    const sequence = (sequences.get(worker) ?? 0) + 1;
    sequences.set(worker, sequence);
    return { worker: `w${worker}`, sequence };
  };
  const note = (worker: number, reply: ClaimReply): string => {
    if (reply.kind !== 'tasks') return reply.kind;
    claims.set(worker, [...held(worker), ...reply.claims]);
    return reply.claims
      .map(({ task: { id, attempts, payload }, epoch }) => `${id}#${epoch}/${attempts}:${String(payload).length}`)
      .join();
  };
  for (const { afterMs, action: at } of history) {
    await clock.advance(afterMs);
    switch (at.do) {
      case 'submit': {
        const id = `t${at.id}`;
        const times = { expectedServiceMs: at.expectedServiceMs, deadlineMs: 2 * at.expectedServiceMs };
        const { accepted } = await queue.inbox.submit([message(id, { ...times, payload: 'x'.repeat(at.bytes) })]);
        await queue.inbox.take(1);
        seen.push(`submit ${id}: ${accepted}`);
        break;
      }
      case 'announce':
        await queue.roster.announce({ id: `w${at.worker}`, role: 'worker' });
        break;
      case 'claim': {
        const request = { ...next(at.worker), most: at.most, stepMs: at.stepMs };
        const reply = await queue.source.claim(request);
        if (at.repeat) expect(await queue.source.claim(request)).toEqual(reply);
        seen.push(`claim: ${note(at.worker, reply)}`);
        break;
      }
      case 'finish': {
        const ended = held(at.worker)
          .slice(0, at.outcomes.length)
          .map((claim, i) => ({ claim, outcome: outcomes[at.outcomes[i] ?? 'done'] }));
        claims.set(at.worker, held(at.worker).slice(ended.length));
        const request = { ...next(at.worker), ended, most: at.most, stepMs: at.stepMs };
        const reply = await queue.source.finish(request);
        if (at.repeat) expect(await queue.source.finish(request)).toEqual(reply);
        seen.push(`finish ${ended.map(({ claim }) => claim.task.id).join()}: ${reply.accepted.join()}`);
        seen.push(`next: ${note(at.worker, reply.next)}`);
        break;
      }
      case 'release': {
        const given = held(at.worker).slice(-at.count - 1);
        claims.set(at.worker, held(at.worker).slice(0, -at.count - 1));
        seen.push(`release: ${await queue.source.release({ worker: `w${at.worker}`, claims: given })}`);
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
    if (reply.kind !== 'tasks') break;
    const ended = reply.claims.map((claim) => ({ claim, outcome: outcomes.done }));
    await queue.source.finish({ worker: 'last', sequence: 2 * sequence + 1, ended, most: 0 });
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

/** A farm on Redis whose scripts see `clock`. */
async function redisFarm(clock: VirtualClock, yaml: string) {
  const server = await testRedis();
  const connection = new Redis(server.url);
  const config = parseConfig(`{farm: ${server.prefix}, queue: ${yaml}}`, { file: 'test', environment: {} });
  const farm = openRedisFarm({ redis: redisOnClock(connection, clock, config.farm), config, client: 'test' });
  return {
    ...farm,
    connection,
    expireLeases: () => clock.advance(LEASE_MS),
    async close() {
      connection.disconnect();
      await server.close();
    },
  };
}

/** `waiting` is what the lists say, and `occupied` has every lane that holds tasks. */
async function expectSound({ connection, keys, observer }: Awaited<ReturnType<typeof redisFarm>>): Promise<void> {
  const names = [FRONT_LANE, ...Array.from({ length: LANES }, (_, lane) => laneName(lane))];
  const lengths = await Promise.all(
    [keys.line, ...names.map((name) => keys.lane(name))].map((list) => connection.llen(list)),
  );
  expect((await observer.read(0)).waiting).toBe(lengths.reduce((sum, length) => sum + length, 0));
  const occupied = names.filter((_, lane) => lengths[lane + 1] !== 0);
  expect(await connection.zrange(keys.occupied, '0', '-1')).toEqual(expect.arrayContaining(occupied));
}

it.each(dispatchOrders)(
  'under %s, Redis and memory agree on every history, and every accepted task ends exactly once',
  async (dispatch) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (history) => {
        const clocks = { memory: new VirtualClock(), redis: new VirtualClock() };
        const rule = { leaseMs: LEASE_MS, maxAttempts: 3 };
        const inMemory = openMemoryFarm({ clock: clocks.memory, rule, dispatch: { dispatch, lateEvery: 3 } });
        const memory = { ...inMemory, expireLeases: () => clocks.memory.advance(LEASE_MS) };
        const redis = await redisFarm(clocks.redis, `{maxAttempts: 3, dispatch: ${dispatch}, lateEvery: 3}`);
        try {
          const seen = await play(redis, history, clocks.redis);
          await expectSound(redis);
          expect(seen).toEqual(await play(memory, history, clocks.memory));
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
          expect((await redis.observer.read(1_000)).totals.duplicates).toBe(0);
        } finally {
          await redis.close();
        }
      }),
      { numRuns: 150, seed: 20261122 },
    );
  },
  60_000,
);

/** Where buckets begin and end, and slack ends. */
const ROUND_MS = fc.constantFrom(0, 0, 100, 200, 300, 700, 900, 1_400, 2_100);

/** What the line in memory and the one in Redis are asked: wait, put tasks down, take some, give the last one back. */
const turn = fc.record({
  waitMs: fc.oneof(ROUND_MS, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400_000 })),
  slackMs: fc.array(fc.oneof(ROUND_MS, fc.integer({ min: -100, max: 3_000 }), fc.integer({ min: 0, max: 3_000_000 })), {
    maxLength: 6,
  }),
  takes: fc.nat(5),
  back: fc.boolean(),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

/** Plays the turns on Lua and on TypeScript; each claim must be of the same task. */
async function playBoth(turns: readonly Turn[]): Promise<void> {
  const clock = new VirtualClock();
  const rule = { dispatch: 'lanes', lateEvery: 5 } as const;
  const redis = await redisFarm(clock, '{leaseS: 1000000, dispatch: lanes, lateEvery: 5}');
  const lanes = new Lanes(rule);
  try {
    let came = 0;
    let sequence = 0;
    for (const { waitMs, slackMs, takes, back } of turns) {
      await clock.advance(waitMs);
      const now = clock.farmTime();
      const tasks = slackMs.map((ms, i) => ({
        ...task(`t${came + i}`),
        expectedServiceMs: Math.abs(ms),
        deadlineMs: ms + Math.abs(ms),
      }));
      await redis.inbox.submit([{ kind: 'phase', id: `r/${came}`, phase: { run: 'r', index: 0, name: 'x' } }]);
      await redis.inbox.take(1);
      await redis.inbox.emit({ phaseId: `r/${came}`, tasks, emitted: tasks.length, done: true });
      for (const { expectedServiceMs, deadlineMs } of tasks) {
        const deadlineAt = now + deadlineMs;
        lanes.push(came, { latestStart: deadlineAt - expectedServiceMs, deadlineAt }, now);
        came += 1;
      }
      for (let i = 0; i < takes && lanes.size > 0; i += 1) {
        sequence += 1;
        const claim = claimed(await redis.source.claim({ worker: 'w', sequence }));
        const mine = lanes.take(now);
        expect(claim.task.id).toBe(`t${mine}`);
        if (!back || i !== takes - 1) continue;
        await redis.source.release({ worker: 'w', claims: [claim] });
        lanes.giveBack(mine, claim.task, now);
      }
      await expectSound(redis);
    }
  } finally {
    await redis.close();
  }
}

it('Lua and TypeScript take the same tasks in the same order, at any scale of time', async () => {
  await fc.assert(fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 40 }), playBoth), {
    numRuns: 100,
    seed: 20261122,
  });
}, 60_000);

it('a claim puts no more tasks right than it may, in Lua as in TypeScript', async () => {
  const manyLate = { waitMs: 0, slackMs: Array<number>(250).fill(5_000), takes: 0, back: false };
  const later = { waitMs: 20_000, slackMs: [3_000, 4_000], takes: 252, back: false };
  await playBoth([manyLate, later]);
});
