import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import type { ClaimReply } from '#shared/queue/task-source.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import { WorkerLoop, type WorkerLoopOptions } from '../../../functions/worker/worker-loop.ts';
import type { Work } from '../../../functions/worker/work.ts';
import { enqueue } from '../../contract/queue.ts';
import { clock, openTestFarm, type TestFarm } from '../../support/farm.ts';
import { claimsInHands } from '../../support/hands.ts';
import { until } from '../../support/until.ts';

const done: Outcome = { kind: 'done', value: null, serviceMs: 1 };

/** Work that ends when the test says so. */
function manualWork(): { work: Work; started: Claim[]; finish: (id: string, outcome?: Outcome) => void } {
  const started: Claim[] = [];
  const endings = new Map<string, (outcome: Outcome) => void>();
  return {
    started,
    work: (claim) => {
      started.push(claim);
      return new Promise((resolve) => endings.set(claim.task.id, resolve));
    },
    finish: (id, outcome = done) => endings.get(id)?.(outcome),
  };
}

describe('WorkerLoop', () => {
  let farm: TestFarm;
  const loops: WorkerLoop[] = [];
  beforeEach(async () => {
    farm = await openTestFarm();
  });
  afterEach(async () => {
    await Promise.all(loops.splice(0).map((loop) => loop.stop(0)));
    await farm.close();
  });

  function startWorker(member: string, work: Work, more: Partial<WorkerLoopOptions> = {}): WorkerLoop {
    const loop = new WorkerLoop({
      member,
      source: farm.source,
      roster: farm.roster,
      doorbell: farm.doorbell(member, 'worker'),
      work,
      clock,
      rng: new Sfc32(1),
      log: silentLogger,
      concurrency: 1,
      prefetch: 16,
      maxAttempts: 5,
      ...more,
    });
    loops.push(loop);
    loop.start();
    return loop;
  }
  const results = async (): Promise<string[]> => (await farm.sink.take(1000)).map((result) => result.id);

  it('works through what waits, in order, and what arrives while it is idle', async () => {
    await enqueue(farm, 'a', 'b', 'c');
    startWorker('w', async () => done);
    await until('three results', async () => (await results()).length === 3);
    await enqueue(farm, 'd');
    await until('four results', async () => (await results()).length === 4);
    expect(await results()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('shares the work of many workers without loss or repeat', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `t-${i}`);
    for (let i = 0; i < 8; i += 1) startWorker(`w${i}`, async () => done);
    await enqueue(farm, ...ids);
    await until('200 results', async () => (await results()).length === 200);
    expect(new Set(await results())).toEqual(new Set(ids));
    expect(await farm.redis.llen(farm.keys.wakeWorker)).toBe(0);
    expect(await claimsInHands(farm.redis, farm.keys)).toEqual([]);
  });

  it('is drained while idle, and works again when the order is withdrawn', async () => {
    const loop = startWorker('w', async () => done);
    await until('it is idle', () => loop.status.state === 'idle');
    await farm.roster.request({ order: 'o', type: 'scale-down', role: 'worker', count: 1, timeoutMs: 60_000 });
    expect(await farm.roster.nextAck('o', 30_000)).toMatchObject({ member: 'w', state: 'drained' });
    expect(loop.status.state).toBe('drained');
    await enqueue(farm, 'a');
    expect((await farm.archive.find('a')).state).toBe('waiting');
    await farm.roster.withdraw('o');
    expect(await farm.roster.nextAck('o', 30_000)).toMatchObject({ member: 'w', state: 'resumed' });
    await until('the task is done', async () => (await results()).includes('a'));
  });

  it('finishes the task in hand before it is drained, and takes no other', async () => {
    const { work, started, finish } = manualWork();
    startWorker('w', work);
    await enqueue(farm, 'a', 'b');
    await until('it works', () => started.length === 1);
    await farm.roster.request({ order: 'o', type: 'scale-down', role: 'worker', count: 1, timeoutMs: 60_000 });
    finish('a');
    expect(await farm.roster.nextAck('o', 30_000)).toMatchObject({ state: 'drained' });
    expect(await results()).toEqual(['a']);
    expect(started.map((claim) => claim.task.id)).toEqual(['a']);
  });

  it('goes back to work by itself when the order runs out', async () => {
    const loop = startWorker('w', async () => done);
    await until('it is idle', () => loop.status.state === 'idle');
    await farm.roster.request({ order: 'o', type: 'scale-down', role: 'worker', count: 1, timeoutMs: 300 });
    await until('it is drained', () => loop.status.state === 'drained');
    await enqueue(farm, 'a');
    await until('the task is done', async () => (await results()).includes('a'));
  });

  it('stops: lets the task in hand finish within the grace', async () => {
    const { work, started, finish } = manualWork();
    const loop = startWorker('w', work);
    await enqueue(farm, 'a', 'b');
    await until('it works', () => started.length === 1);
    const stopped = loop.stop(5_000);
    finish('a');
    await stopped;
    expect(await results()).toEqual(['a']);
    expect((await farm.archive.find('b')).state).toBe('waiting');
    expect(await farm.roster.members()).toEqual([]);
  });

  it('stops: gives the task back to the head of its lane when the grace is over', async () => {
    const { work, started } = manualWork();
    const loop = startWorker('w', work);
    await enqueue(farm, 'a', 'b');
    await until('it works', () => started.length === 1);
    await loop.stop(10);
    const next = await farm.source.claim({ worker: 'other', sequence: 1 });
    expect(next).toMatchObject({ kind: 'tasks', claims: [{ task: { id: 'a', attempts: 0 } }] });
  });

  it('keeps a result through refusals, and repeats the same request', async () => {
    let refusals = 3;
    const sequences: number[] = [];
    const source: WorkerLoopOptions['source'] = {
      claim: (request) => farm.source.claim(request),
      release: (held) => farm.source.release(held),
      reclaim: () => farm.source.reclaim(),
      async finish(request) {
        sequences.push(request.sequence);
        if (refusals-- > 0) throw new Error('OOM command not allowed');
        return await farm.source.finish(request);
      },
    };
    startWorker('w', async () => done, { source });
    await enqueue(farm, 'a');
    await until('the result is there', async () => (await results()).includes('a'));
    expect(new Set(sequences).size).toBe(1);
    expect(sequences).toHaveLength(4);
  });

  describe('several at once', () => {
    it('works on as many as it may, and takes another as soon as one ends', async () => {
      const { work, started, finish } = manualWork();
      const loop = startWorker('w', work, { concurrency: 2 });
      await enqueue(farm, 'a', 'b', 'c');
      await until('two are begun', () => started.length === 2);
      expect(loop.status).toMatchObject({ state: 'busy', tasks: ['a', 'b'], inStore: 0 });
      finish('b');
      await until('the third is begun', () => started.length === 3);
      expect(await results()).toEqual(['b']);
      finish('a');
      finish('c');
      await until('three results', async () => (await results()).length === 3);
      expect(loop.status).toMatchObject({ state: 'idle', completed: 3, tasks: [] });
    });

    it('hears of new work while it is busy with other', async () => {
      const { work, started, finish } = manualWork();
      startWorker('w', work, { concurrency: 3 });
      await enqueue(farm, 'a');
      await until('one is begun', () => started.length === 1);
      await enqueue(farm, 'b');
      await until('the other, too', () => started.length === 2);
      finish('a');
      await until('its result', async () => (await results()).includes('a'));
    });

    it('passes on a ring that finds it without a free place', async () => {
      const { work, started, finish } = manualWork();
      let ring = (): void => undefined;
      let waits = 0;
      const doorbell: Doorbell = {
        wait: ({ signal }) =>
          new Promise((resolve) => {
            waits += 1;
            ring = resolve;
            signal.addEventListener('abort', () => resolve());
          }),
        close: () => Promise.resolve(),
      };
      await enqueue(farm, 'a');
      startWorker('w', work, { concurrency: 2, doorbell });
      await until('it waits at its doorbell beside its work', () => waits === 1);
      await enqueue(farm, 'b', 'c');
      finish('a');
      await until('it is full', () => started.length === 3);
      await enqueue(farm, 'd');
      // Its wait swallows the ring, which another worker may have needed.
      expect(await farm.redis.lpop(farm.keys.wakeWorker)).toBe('1');
      ring();
      await until('it has been rung again', async () => (await farm.redis.llen(farm.keys.wakeWorker)) === 1);
    });

    it('waits for all in hand before it is drained, and takes no other', async () => {
      const { work, started, finish } = manualWork();
      const loop = startWorker('w', work, { concurrency: 2 });
      await enqueue(farm, 'a', 'b');
      await until('two are begun', () => started.length === 2);
      await farm.roster.request({ order: 'o', type: 'scale-down', role: 'worker', count: 1, timeoutMs: 60_000 });
      await enqueue(farm, 'c');
      finish('a');
      await until('it drains', () => loop.status.state === 'draining');
      expect(await farm.roster.nextAck('o', 50)).toBeNull();
      finish('b');
      expect(await farm.roster.nextAck('o', 30_000)).toMatchObject({ state: 'drained' });
      expect(started).toHaveLength(2);
      await farm.roster.withdraw('o');
      await until('it works again', () => started.length === 3);
    });

    it('a failing task is nothing to those beside it', async () => {
      const { work, started, finish } = manualWork();
      startWorker('w', work, { concurrency: 2 });
      await enqueue(farm, 'bad', 'good');
      await until('both are begun', () => started.length === 2);
      finish('bad', { kind: 'failed', error: 'no', retry: false, serviceMs: 1 });
      finish('good');
      await until('the good one is done', async () => (await results()).includes('good'));
      expect((await farm.archive.find('bad')).state).toBe('dead');
    });

    it('stops: reports what ends within the grace and gives the rest back', async () => {
      const { work, started, finish } = manualWork();
      const loop = startWorker('w', work, { concurrency: 2 });
      await enqueue(farm, 'a', 'b');
      await until('both are begun', () => started.length === 2);
      const stopped = loop.stop(300);
      finish('b');
      await stopped;
      expect(await results()).toEqual(['b']);
      expect((await farm.archive.find('a')).state).toBe('waiting');
    });

    it('works on a task at its last attempt alone', async () => {
      const { work, started, finish } = manualWork();
      await enqueue(farm, 'poison');
      for (const worker of ['dead-1', 'dead-2', 'dead-3', 'dead-4']) {
        await farm.source.claim({ worker, sequence: 1 });
        await farm.source.reclaim({ worker });
      }
      await enqueue(farm, 'b');
      startWorker('w', work, { concurrency: 4 });
      await until('one is begun', () => started.length === 1);
      expect(started[0]?.task).toMatchObject({ id: 'poison', attempts: 4 });
      expect((await farm.archive.find('b')).state).toBe('waiting');
      finish('poison');
      await until('then the other', () => started.length === 2);
    });
  });

  describe('taking ahead', () => {
    const quick = { kind: 'done', value: null, serviceMs: 0.1 } as const;
    const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `t-${String(i).padStart(3, '0')}`);

    /** How many tasks each claim brought. */
    function counting(): { source: WorkerLoopOptions['source']; batches: number[] } {
      const batches: number[] = [];
      const note = (reply: ClaimReply): void => {
        if (reply.kind === 'tasks') batches.push(reply.claims.length);
      };
      return {
        batches,
        source: {
          ...{ release: (held) => farm.source.release(held), reclaim: () => farm.source.reclaim() },
          async claim(request) {
            const reply = await farm.source.claim(request);
            note(reply);
            return reply;
          },
          async finish(request) {
            const reply = await farm.source.finish(request);
            note(reply.next);
            return reply;
          },
        },
      };
    }

    it('takes short tasks in batches once it knows that they are, in order, and reports them in batches', async () => {
      const { source, batches } = counting();
      await enqueue(farm, ...ids(200));
      startWorker('w', async () => quick, { source });
      await until('all are done', async () => (await results()).length === 200);
      expect(await results()).toEqual(ids(200));
      expect(batches.slice(0, 8)).toEqual(Array(8).fill(1));
      expect(Math.max(...batches)).toBe(16);
      expect(batches.length).toBeLessThan(40);
    });

    it.each([
      { name: 'of long tasks', serviceMs: 6, prefetch: 16 },
      { name: 'where it is off', serviceMs: 0.1, prefetch: 1 },
    ])('takes one at a time $name', async ({ serviceMs, prefetch }) => {
      const { source, batches } = counting();
      await enqueue(farm, ...ids(20));
      startWorker('w', async () => ({ ...quick, serviceMs }), { source, prefetch });
      await until('all are done', async () => (await results()).length === 20);
      expect(batches).toEqual(Array(20).fill(1));
    });

    /** A worker that knows its tasks to be short, and then has one in work that is not. */
    async function stuckBehind(): Promise<{ loop: WorkerLoop; finish: (id: string) => void }> {
      const { work, started, finish } = manualWork();
      const isQuick = ({ task: { id } }: Claim): boolean => id < 't-010';
      await enqueue(farm, ...ids(20));
      const loop = startWorker('w', async (claim, signal) => (isQuick(claim) ? quick : await work(claim, signal)));
      await until('the long one is begun', () => started.length === 1);
      return { loop, finish };
    }

    it('gives back what it took ahead when the task before it lasts, and reports what is done', async () => {
      const { loop, finish } = await stuckBehind();
      await until('the store is empty', () => loop.status.inStore === 0);
      await until('its results are there', async () => (await results()).length === 10);
      const other = await farm.source.claim({ worker: 'other', sequence: 1 });
      expect(other).toMatchObject({ kind: 'tasks', claims: [{ task: { id: 't-011', attempts: 0 } }] });
      finish('t-010');
      await until('its result is there', async () => (await results()).includes('t-010'));
    });

    it('gives back what it took ahead when it is told to stop', async () => {
      const { loop, finish } = await stuckBehind();
      const stopped = loop.stop(5_000);
      await until('the store is empty', () => loop.status.inStore === 0);
      expect((await farm.archive.find('t-011')).state).toBe('waiting');
      finish('t-010');
      await stopped;
      expect(await results()).toHaveLength(11);
    });
  });
});
