import Fastify from 'fastify';
import type { FarmConfig } from '#shared/config.ts';
import { FarmhandError } from '#shared/errors.ts';
import { farmTimeOf } from '#shared/redis.ts';
import { Sfc32 } from '#shared/rng.ts';
import { addTaskRoutes } from '../../../functions/emitter/task-routes.ts';
import type { Task } from '#shared/task.ts';
import { claimed, enqueue, task } from '../../contract/queue.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';
import { until } from '../../support/until.ts';
import type { ConfigEffect } from './effect.ts';

/** Looks at a farm of one's own on real Redis that has this queue's settings. */
function onFarm(look: (farm: TestFarm) => Promise<unknown>): (config: FarmConfig) => Promise<unknown> {
  return async ({ queue }) => {
    const farm = await openTestFarm(`queue: ${JSON.stringify(queue)}`);
    try {
      return await look(farm);
    } finally {
      await farm.close();
    }
  };
}

async function complete(farm: TestFarm, ids: readonly string[]): Promise<void> {
  await enqueue(farm, ...ids);
  for (const worker of ids) {
    const claim = claimed(await farm.source.claim({ worker, sequence: 1 }));
    const outcome = { kind: 'done', value: null, serviceMs: 1 } as const;
    await farm.source.finish({ worker, sequence: 2, ended: [{ claim, outcome }], most: 0 });
  }
  await farm.sink.commit(ids);
}

/** What storing bytes of these sizes under one id each comes to. */
async function put(farm: TestFarm, sizes: readonly number[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const [i, size] of sizes.entries()) {
    const stored = farm.blobs.put(`blob-${i}`, Buffer.alloc(size)).then(() => 'stored');
    outcomes.push(
      await stored.catch((error: unknown) => (error instanceof FarmhandError ? error.code : String(error))),
    );
  }
  return outcomes;
}

/** Status of submitting a task with a payload of about 1,000 bytes. */
async function submit(farm: TestFarm): Promise<number> {
  const app = Fastify();
  app.setErrorHandler((error, _request, reply) =>
    reply.status(error instanceof FarmhandError ? error.status : 500).send(),
  );
  addTaskRoutes(app, { ...farm, rng: new Sfc32(1), authorise: () => Promise.resolve() });
  const payload = { kind: 'calibrated', payload: { text: 'x'.repeat(1000) } };
  const { statusCode } = await app.inject({ method: 'POST', url: '/tasks', payload });
  await app.close();
  return statusCode;
}

/** Workers' claims: ids of tasks in the order in which they are given out. */
async function claimAll(farm: TestFarm, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let sequence = 1; sequence <= count; sequence += 1) {
    ids.push(claimed(await farm.source.claim({ worker: 'w', sequence })).task.id);
  }
  return ids;
}

/** A task that is due late, then one that is due soon. */
const lateAndSoon = [
  task('late', { expectedServiceMs: 60_000, deadlineMs: 120_000 }),
  task('soon', { expectedServiceMs: 20_000, deadlineMs: 40_000 }),
];

/** Tasks that can no longer be in time, among others. */
const someTooLate = ['a', 'b', 'c', 'd'].flatMap((id) => [task(`${id}-late`, { deadlineMs: 0 }), task(id)]);

async function enqueueTasks(farm: TestFarm, tasks: readonly Task[]): Promise<void> {
  await farm.inbox.submit([{ kind: 'phase', id: 'r/0', phase: { run: 'r', index: 0, name: 'all' } }]);
  await farm.inbox.take(1);
  await farm.inbox.emit({ phaseId: 'r/0', tasks, emitted: tasks.length, done: true });
}

export const queueEffects: readonly ConfigEffect[] = [
  {
    key: 'queue.dispatch',
    to: 'fifo',
    shows: 'which of two tasks is first',
    effect: onFarm(async (farm) => {
      await enqueueTasks(farm, lateAndSoon);
      return await claimAll(farm, 2);
    }),
    before: ['soon', 'late'],
    after: ['late', 'soon'],
  },
  {
    key: 'queue.lateEvery',
    to: 2,
    shows: 'when late tasks are served, of four claims',
    effect: onFarm(async (farm) => {
      await enqueueTasks(farm, someTooLate);
      return await claimAll(farm, 4);
    }),
    before: ['a', 'b', 'c', 'd'],
    after: ['a', 'a-late', 'b', 'b-late'],
  },
  {
    key: 'queue.leaseS',
    to: 9,
    shows: 'how long a claim holds, s',
    effect: onFarm(async (farm) => {
      await enqueue(farm, 'a');
      const { leaseExpiresAt, claimedAt } = claimed(await farm.source.claim({ worker: 'w', sequence: 1 }));
      return Math.round((leaseExpiresAt - claimedAt) / 1000);
    }),
    before: 5,
    after: 9,
  },
  {
    key: 'queue.maxAttempts',
    to: 1,
    shows: 'what becomes of a task whose first worker died',
    effect: onFarm(async (farm) => {
      await enqueue(farm, 'a');
      await farm.source.claim({ worker: 'w', sequence: 1 });
      const { returned, dead } = await farm.source.reclaim({ worker: 'w' });
      return { returned, dead };
    }),
    before: { returned: 1, dead: 0 },
    after: { returned: 0, dead: 1 },
  },
  {
    key: 'queue.retainRecords',
    to: 2,
    shows: 'records that are left of four',
    effect: onFarm(async (farm) => {
      await complete(farm, ['a', 'b', 'c', 'd']);
      const { records } = await farm.archive.records({ offset: 0, limit: 10 });
      return records.map(({ id }) => id).sort();
    }),
    before: ['a', 'b', 'c', 'd'],
    after: ['c', 'd'],
  },
  {
    key: 'queue.retainS',
    to: 0.001,
    shows: 'records that are left a moment after they were made',
    effect: onFarm(async (farm) => {
      await complete(farm, ['a', 'b']);
      const { collectedAt } = (await farm.archive.records({ offset: 0, limit: 1 })).records[0] ?? { collectedAt: 0 };
      await until('5 ms have passed', async () => (await farmTimeOf(farm.redis)) > collectedAt + 5);
      await farm.sink.commit([]);
      return (await farm.archive.records({ offset: 0, limit: 10 })).total;
    }),
    before: 2,
    after: 0,
  },
  {
    key: 'queue.maxPayloadBytes',
    to: 64,
    shows: 'status of submitting a payload of 1,000 bytes',
    effect: onFarm(submit),
    before: 202,
    after: 413,
  },
  {
    key: 'queue.maxBlobBytes',
    to: 2048,
    shows: 'storing 2,000 and 3,000 bytes',
    effect: onFarm((farm) => put(farm, [2000, 3000])),
    before: ['stored', 'stored'],
    after: ['stored', 'BODY_TOO_LARGE'],
  },
  {
    key: 'queue.maxBlobTotalBytes',
    to: 4096,
    given: 'queue: { maxBlobBytes: 2048 }',
    shows: 'storing 2,000 bytes three times',
    effect: onFarm((farm) => put(farm, [2000, 2000, 2000])),
    before: ['stored', 'stored', 'stored'],
    after: ['stored', 'stored', 'BLOBS_FULL'],
  },
  {
    key: 'queue.blobTtlS',
    to: 60,
    shows: 'how long stored bytes live, s',
    effect: onFarm(async (farm) => {
      await put(farm, [100]);
      return Math.ceil((await farm.redis.pttl(farm.keys.blob('blob-0'))) / 1000);
    }),
    before: 3600,
    after: 60,
  },
];
