import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clock } from '../support/farm.ts';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { until } from '../support/until.ts';

/** A farm whose gateway grants 5 replicas of a function, as OpenFaaS Community Edition does. */
let farm: LocalFarm;
const tasks = { ids: [] as string[], stop: new AbortController() };
let loading: Promise<void>;

beforeAll(async () => {
  farm = await startLocalFarm({ FARM_LOCAL_MAXREPLICAS: '5', FARM_GATEWAY_SCALER: 'sharded-gateway' });
  await farm.client.call('POST', '/function/autoscaler/pause');
  loading = load();
}, 90_000);
afterAll(async () => {
  await farm.close();
});

/** Keeps the workers busy, whatever becomes of them. */
async function load(): Promise<void> {
  while (!tasks.stop.signal.aborted) {
    const batch = Array.from({ length: 4 }, (_, i) => `shard-${tasks.ids.length + i}`);
    await farm.client.call(
      'POST',
      '/function/emitter/tasks',
      batch.map((id) => ({ id, kind: 'calibrated', payload: { serviceMs: 150 }, expectedServiceMs: 150 })),
    );
    tasks.ids.push(...batch);
    await clock.sleep(100, tasks.stop.signal);
  }
}

/** By the autoscaler, with SYN and ACK on the way down; it then leaves the workers alone. */
async function scale(workers: number): Promise<void> {
  const episode = { policy: `static-${workers}`, initialWorkers: workers, maxScalingStep: 31, drainTimeoutS: 20 };
  const begun = await farm.client.call('POST', '/function/autoscaler/episodes', episode);
  expect(begun).toMatchObject({ prepared: { requested: workers, granted: workers } });
  await farm.client.call('POST', '/function/autoscaler/pause');
}

interface Shard {
  readonly name: string;
  readonly replicas: number;
  readonly availableReplicas?: number;
}

/** The worker and its shards, as soon as all of their replicas are ready: who has not started yet cannot be drained. */
async function shards(): Promise<readonly Shard[]> {
  return until(
    'all workers are ready',
    async () => {
      const functions = (await farm.client.call('GET', '/system/functions')) as Shard[];
      const workers = functions.filter(({ name }) => name.startsWith('worker'));
      return workers.every(({ replicas, availableReplicas }) => replicas === availableReplicas) && workers;
    },
    60_000,
  );
}

describe('workers in shards, under load', () => {
  it.each([
    [12, { worker: 5, 'worker-2': 5, 'worker-3': 2 }],
    [9, { worker: 5, 'worker-2': 4 }],
    [11, { worker: 5, 'worker-2': 5, 'worker-3': 1 }],
    [1, { worker: 1 }],
  ])(
    'are %i',
    async (workers, expected) => {
      await scale(workers);
      expect(Object.fromEntries((await shards()).map(({ name, replicas }) => [name, replicas]))).toEqual(expected);
    },
    60_000,
  );

  it('lost nothing and repeated nothing', async () => {
    tasks.stop.abort();
    await loading;
    const { archive, observer } = farm.queue;
    await until(
      'all is collected',
      async () => {
        const { input, emitting, waiting, inFlight, result } = await observer.read(1_000);
        return input + emitting + waiting + inFlight + result === 0;
      },
      60_000,
    );
    const { records } = await archive.records({ offset: 0, limit: 100_000 });
    expect(records.map(({ id }) => id).sort()).toEqual([...tasks.ids].sort());
    expect((await observer.read(1_000)).totals.duplicates).toBe(0);
    // Drained, so no worker was interrupted: each task was begun once.
    expect(records.filter(({ attempts }) => attempts > 0)).toEqual([]);
  }, 90_000);
});
