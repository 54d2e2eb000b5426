import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import type { TaskRecord } from '#shared/task.ts';
import { farmProcesses } from '../../bench/live/processes.ts';
import { clock } from '../support/farm.ts';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { until } from '../support/until.ts';

let farm: LocalFarm;
beforeAll(async () => {
  farm = await startLocalFarm();
  await farm.client.call('POST', '/function/autoscaler/pause');
}, 60_000);
afterAll(async () => {
  await farm.close();
});

/** Keeps the workers busy until it is stopped; resolves with the ids of all that was accepted. */
function load(name: string): { stop: () => Promise<readonly string[]> } {
  const stopping = new AbortController();
  const ids: string[] = [];
  const submitting = (async () => {
    while (!stopping.signal.aborted) {
      const batch = Array.from({ length: 3 }, (_, i) => `${name}-${ids.length + i}`);
      const tasks = batch.map((id) => ({ id, kind: 'calibrated', payload: { serviceMs: 80 }, expectedServiceMs: 80 }));
      await farm.client.call('POST', '/function/emitter/tasks', tasks);
      ids.push(...batch);
      await clock.sleep(100, stopping.signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await submitting;
      return ids;
    },
  };
}

/** By the autoscaler, with SYN and ACK on the way down; it then leaves the workers alone. */
async function scale(workers: number): Promise<void> {
  const episode = { policy: `static-${workers}`, initialWorkers: workers, maxScalingStep: 31 };
  await farm.client.call('POST', '/function/autoscaler/episodes', episode);
  await farm.client.call('POST', '/function/autoscaler/pause');
}

async function expectEachOnce(ids: readonly string[]): Promise<readonly TaskRecord[]> {
  const { archive, observer } = farm.queue;
  await until(
    'all is collected',
    async () => {
      const reading = await observer.read(1_000);
      return reading.input + reading.emitting + reading.waiting + reading.inFlight + reading.result === 0;
    },
    120_000,
  );
  const prefix = (ids[0] ?? '').replace(/\d+$/, '');
  const records = (await archive.records({ offset: 0, limit: 100_000 })).records.filter(({ id }) =>
    id.startsWith(prefix),
  );
  expect(records.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect((await observer.read(1_000)).totals.duplicates).toBe(0);
  expect((await archive.deadLetters({ offset: 0, limit: 10 })).letters).toEqual([]);
  return records;
}

describe('a farm under load', () => {
  it('loses and repeats nothing in 50 scale-downs at random moments, drained or just terminated', async () => {
    const rng = new Sfc32(11);
    const tasks = load('down');
    let drained = 0;
    for (let downs = 0; downs < 50; downs += 1) {
      const from = 4 + rng.int(3);
      await farm.client.scaleWorkers(from);
      await clock.sleep(rng.int(250));
      // By SYN and ACK through the autoscaler, or by the gateway alone, whose SIGTERM is the worker's only notice.
      if (downs % 5 === 0) {
        await scale(from - 2);
        drained += 1;
      } else await farm.client.scaleWorkers(from - 1 - rng.int(2));
    }
    expect(drained).toBe(10);
    await expectEachOnce(await tasks.stop());
  }, 300_000);

  it('claims the task of a killed worker again long before anybody waits for it, 20 times', async () => {
    const rng = new Sfc32(12);
    await scale(8);
    const tasks = load('kill');
    const killed = new Map<string, number>();
    while (killed.size < 20) {
      const [held, worker] = await until('a worker is busy', async () => {
        const claims = Object.entries(await farm.claims());
        return claims[rng.int(claims.length)];
      });
      const pid = workerPid(worker);
      if (pid === null) continue;
      killed.set(held, await farm.farmTime());
      process.kill(pid, 'SIGKILL');
      await clock.sleep(300 + rng.int(500));
    }
    const records = await expectEachOnce(await tasks.stop());
    const again = records.filter(({ id, attempts }) => killed.has(id) && attempts > 0);
    // Some were finished in the moment between the look and the kill.
    expect(again.length).toBeGreaterThan(5);
    for (const { id, claimedAt } of again) expect(claimedAt - (killed.get(id) ?? 0), id).toBeLessThan(15_000);
  }, 300_000);
});

/** The process behind a member: its name is in its environment, as in a pod. */
function workerPid(instance: string): number | null {
  const workers = farmProcesses(farm.handle.pid).filter(({ folder }) => folder === 'worker');
  const named = `FARM_INSTANCE=${instance}\0`;
  const isNamed = ({ pid }: { pid: number }): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(named);
    } catch {
      return false; // it ended meanwhile
    }
  };
  return workers.find(isNamed)?.pid ?? null;
}
