import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunStore, type Run } from '../../../functions/emitter/run-store.ts';
import { openTestFarm, type TestFarm } from '../../support/farm.ts';

let farm: TestFarm;
let runs: RunStore;
beforeEach(async () => {
  farm = await openTestFarm();
  runs = new RunStore(farm);
});
afterEach(() => farm.close());

function run(id: string, total: number): Run {
  const source = { kind: 'folder', folder: '/data', files: [], out: null, deadlineMs: 1 } as const;
  return { id, source, total, phases: [{ name: 'p', tasks: total }], startedAt: 0, stopped: false };
}

it('remembers the newest hundred, and whatever was accepted and is not emitted in full', async () => {
  for (const id of ['waits', 'stopped', 'half']) await runs.add(run(id, 2));
  await farm.redis.hset(farm.keys.progress, 'half', 1);
  await runs.markStopped(run('stopped', 2));
  for (let n = 0; n < 101; n += 1) await runs.add(run(`done-${n}`, 0));
  const kept = (await runs.list()).map(({ id }) => id);
  expect(kept).toHaveLength(102);
  expect(kept.slice(-3)).toEqual(['done-1', 'half', 'waits']);
  expect(await runs.find('stopped')).toBeNull();

  await farm.redis.hset(farm.keys.progress, 'half', 2);
  await runs.add(run('another', 0));
  expect(await runs.find('half')).toBeNull();
  expect(await farm.redis.hexists(farm.keys.progress, 'half')).toBe(0);
});
