import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import type { TaskSource } from '#shared/queue/task-source.ts';
import type { Claim, Outcome } from '#shared/task.ts';
import { WorkerLoop, type WorkerLoopOptions } from '../../../functions/worker/worker-loop.ts';
import type { Work } from '../../../functions/worker/work.ts';
import { enqueue } from '../../contract/queue.ts';
import { clock, openTestFarm, type TestFarm } from '../../support/farm.ts';
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

  function startWorker(member: string, work: Work, source: WorkerLoopOptions['source'] = farm.source): WorkerLoop {
    const loop = new WorkerLoop({
      member,
      source,
      roster: farm.roster,
      doorbell: farm.doorbell(member, 'worker'),
      work,
      clock,
      rng: new Sfc32(1),
      log: silentLogger,
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
    expect((await farm.redis.llen(farm.keys.wakeWorker)) + (await farm.redis.hlen(farm.keys.holder))).toBe(0);
  });

  it('is drained while idle, and works again when the order is withdrawn', async () => {
    const loop = startWorker('w', async () => done);
    await until('it is idle', () => loop.status.state === 'idle');
    await farm.roster.request({ order: 'o', type: 'scale-down', role: 'worker', count: 1, timeoutMs: 60_000 });
    expect(await farm.roster.nextAck('o', 2_000)).toMatchObject({ member: 'w', state: 'drained' });
    expect(loop.status.state).toBe('drained');
    await enqueue(farm, 'a');
    expect((await farm.archive.find('a')).state).toBe('waiting');
    await farm.roster.withdraw('o');
    expect(await farm.roster.nextAck('o', 2_000)).toMatchObject({ member: 'w', state: 'resumed' });
    await until('the task is done', async () => (await results()).includes('a'));
  });

  it('finishes the task in hand before it is drained, and takes no other', async () => {
    const { work, started, finish } = manualWork();
    startWorker('w', work);
    await enqueue(farm, 'a', 'b');
    await until('it works', () => started.length === 1);
    await farm.roster.request({ order: 'o', type: 'scale-down', role: 'worker', count: 1, timeoutMs: 60_000 });
    finish('a');
    expect(await farm.roster.nextAck('o', 2_000)).toMatchObject({ state: 'drained' });
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
    expect(next).toMatchObject({ kind: 'task', claim: { task: { id: 'a', attempts: 0 } } });
  });

  it('keeps a result through refusals, and repeats the same request', async () => {
    let refusals = 3;
    const sequences: number[] = [];
    const source: Pick<TaskSource, 'claim' | 'finish' | 'release'> = {
      claim: (request) => farm.source.claim(request),
      release: (claim) => farm.source.release(claim),
      async finish(request) {
        sequences.push(request.sequence);
        if (refusals-- > 0) throw new Error('OOM command not allowed');
        return await farm.source.finish(request);
      },
    };
    startWorker('w', async () => done, source);
    await enqueue(farm, 'a');
    await until('the result is there', async () => (await results()).includes('a'));
    expect(new Set(sequences).size).toBe(1);
    expect(sequences).toHaveLength(4);
  });
});
