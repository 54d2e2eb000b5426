import { afterAll, beforeAll, expect, it } from 'vitest';
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

async function textOf(path: string): Promise<string> {
  const { url, secrets } = farm.handle;
  const basic = Buffer.from(`${secrets.gatewayUser}:${secrets.gatewayPassword}`).toString('base64');
  return (await fetch(url + path, { headers: { authorization: `Basic ${basic}` } })).text();
}

it('32 workers asked of a gateway that grants 5: the decision, the status, the metrics and the log say both', async () => {
  const settings = { policy: 'static-32', initialWorkers: 1, maxScalingStep: 31, stepDurationS: 1 };
  await farm.client.call('POST', '/function/autoscaler/episodes', settings);
  const decided = await until(
    'it has decided',
    async () => {
      const { decisions } = (await farm.client.call('GET', '/function/autoscaler/decisions')) as {
        decisions: Decided[];
      };
      return decisions.find(({ requested }) => requested !== null);
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
  const metrics = await textOf('/function/autoscaler/metrics');
  expect(metrics).toMatch(/^farmhand_autoscaler_workers\{.*"desired".*\} 32$/m);
  expect(metrics).toMatch(/^farmhand_autoscaler_workers\{.*"granted".*\} 5$/m);
  expect(metrics).toMatch(/^farmhand_autoscaler_replicas_clamped(\{.*\})? 1$/m);
  expect(await textOf('/system/logs?name=autoscaler')).toContain('worker: 5 of 32 replicas granted');
}, 60_000);
