import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage } from '../../bench/outage/page.ts';
import { startLocalFarm, type LocalFarm } from '../support/local-farm.ts';
import { until } from '../support/until.ts';

/** A farm whose gateway grants 5 replicas of a function, as OpenFaaS Community Edition does. */
let farm: LocalFarm;
beforeAll(async () => {
  farm = await startLocalFarm({ FARM_LOCAL_MAXREPLICAS: '5' });
}, 90_000);
afterAll(async () => {
  await farm.close();
});

interface Decided {
  readonly requested: number | null;
  readonly granted: number | null;
  readonly because: string;
}

it('32 workers asked of a gateway that grants 5: the decision, the status, the metrics, the log and the page say both', async () => {
  const settings = { policy: 'static-32', initialWorkers: 1, maxScalingStep: 31, stepDurationS: 1 };
  await farm.client.call('POST', '/function/autoscaler/episodes', settings);
  const decided = await until(
    'it has decided',
    async () => {
      const { decisions } = (await farm.client.call('GET', '/function/autoscaler/decisions')) as {
        decisions: Decided[];
      };
      // One that found no time to read back what was granted is followed by one that does.
      return decisions.find(({ granted }) => granted !== null);
    },
    30_000,
  );
  expect(decided).toMatchObject({
    requested: 32,
    granted: 5,
    because: expect.stringMatching(/granted 5 of 32/) as string,
  });

  // The next look shows it.
  const status = await until('it has looked', async () => {
    const { workers } = (await farm.client.call('GET', '/function/autoscaler/status')) as {
      workers: { limit: unknown };
    };
    return workers.limit !== null && workers;
  });
  expect(status).toMatchObject({ desired: 32, granted: 5, limit: 5 });
  const metrics = await farm.client.text('/function/autoscaler/metrics');
  expect(metrics).toMatch(/^farmhand_autoscaler_workers\{.*"desired".*\} 32$/m);
  expect(metrics).toMatch(/^farmhand_autoscaler_workers\{.*"granted".*\} 5$/m);
  expect(metrics).toMatch(/^farmhand_autoscaler_replicas_clamped(\{.*\})? 1$/m);
  expect(await farm.client.text('/system/logs?name=autoscaler')).toContain('worker: 5 of 32 replicas granted');
  const page = await openPage(farm.client);
  expect([...(await page.read()).values()]).toEqual([expect.stringMatching(/grants no more than 5 workers/)]);
}, 60_000);

it('from 1 to 32 workers asked: each episode says what was asked and what it begins with', async () => {
  // Who has not started cannot be drained.
  await until('all are ready', async () => (await farm.client.readyWorkers()) === 5, 60_000);
  // A number that is not granted is read back for a second: not all of them.
  for (const asked of [1, 2, 3, 4, 5, 6, 7, 15, 31, 32]) {
    const settings = { policy: 'static-1', initialWorkers: asked, stepDurationS: 60 };
    const begun = await until('it has begun', async () => beginEpisode(settings), 60_000);
    const granted = Math.min(asked, 5);
    expect(begun).toMatchObject({ prepared: { requested: asked, granted } });
    const status = await farm.client.call('GET', '/function/autoscaler/status');
    expect([asked, status]).toMatchObject([asked, { workers: { granted } }]);
  }
}, 120_000);

/** Null while the autoscaler has no lease: with steps of a second, pauses of two lose it for a moment. */
async function beginEpisode(settings: object): Promise<unknown> {
  try {
    return await farm.client.call('POST', '/function/autoscaler/episodes', settings);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('CONFLICT')) return null;
    throw thrown;
  }
}
