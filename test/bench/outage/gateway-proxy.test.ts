import { expect, onTestFinished, test } from 'vitest';
import { GatewayClient } from '#autoscaler/scaler/gateway-client.ts';
import { clientProcess } from '../../../bench/outage/client-process.ts';
import { startGatewayProxy } from '../../../bench/outage/gateway-proxy.ts';
import { credentials, startFakeGateway } from '../../autoscaler/support/fake-gateway.ts';
import { clock } from '../../support/farm.ts';

const WITHIN = { timeoutMs: 10_000 };

test('passes on what is asked, fails, clamps and is slow as told, and knows who scaled', async () => {
  const gateway = await startFakeGateway({ replicas: 2 });
  onTestFinished(() => gateway.stop());
  await using proxy = await startGatewayProxy({
    ...{ gatewayUrl: gateway.url, clock, pidOf: (port) => clientProcess(port, [1, process.pid]) },
  });
  const client = new GatewayClient({ ...credentials, ...WITHIN, url: proxy.url, namespace: 'openfaas-fn' });
  expect(await client.status('worker')).toMatchObject({ replicas: 2 });

  await client.scale('worker', 4);
  expect(gateway.state.replicas).toBe(4);

  proxy.ailments.clamp = 5;
  await client.scale('worker', 32);
  expect(gateway.state.replicas).toBe(5);
  proxy.ailments.clamp = null;

  proxy.ailments.failing = true;
  await expect(client.status('worker')).rejects.toThrow(/answered 500/);
  await expect(client.scale('worker', 7)).rejects.toThrow(/answered 500/);
  expect(gateway.state.replicas).toBe(5);
  proxy.ailments.failing = false;

  proxy.ailments.slowMs = 200;
  const startedMs = clock.monotonic();
  await client.scale('worker', 7);
  expect(clock.monotonic() - startedMs).toBeGreaterThanOrEqual(190);

  expect(proxy.scalings.map(({ pid, requested, granted }) => [pid, requested, granted])).toEqual([
    [process.pid, 4, 4],
    [process.pid, 32, 5],
    [process.pid, 7, 7],
  ]);
});
