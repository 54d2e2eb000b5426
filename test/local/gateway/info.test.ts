import { expect, test } from 'vitest';
import { deployReady, testGateway } from './support/test-gateway.ts';

test('info, namespaces and health', async () => {
  const gateway = await testGateway();
  expect(await (await gateway.call('/system/info')).json()).toEqual({
    provider: {
      provider: 'farmhand-local',
      version: { sha: '', release: '1.2.3' },
      orchestration: 'processes',
    },
    version: { sha: '', release: '1.2.3' },
    arch: expect.stringMatching(/^\w+$/) as string,
  });
  expect(await (await gateway.call('/system/namespaces')).json()).toEqual(['openfaas-fn']);
  expect(await (await gateway.call('/system/namespace/openfaas-fn')).json()).toMatchObject({ name: 'openfaas-fn' });
  expect((await gateway.call('/system/namespace/dev')).status).toBe(404);
  expect(await gateway.get('/healthz')).toBe('OK');
});

test('another name for the function namespace holds everywhere', async () => {
  const gateway = await testGateway({ namespace: 'farm' });
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  expect(await (await gateway.call('/system/namespaces')).json()).toEqual(['farm']);
  expect((await gateway.call('/function/fn.farm')).status).toBe(200);
  expect((await gateway.call('/function/fn.openfaas-fn')).status).toBe(404);
  expect(gateway.functions()[0]?.namespace).toBe('farm');
});

test('metrics count what was started, what ended with which code, how long it took, and desired replicas', async () => {
  const gateway = await testGateway({ metricsPort: 0 });
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 2 });
  await gateway.get('/function/fn');
  await gateway.get('/function/fn');
  await gateway.get('/function/fn/status?code=418');
  await gateway.get('/function/nobody');
  const metrics = await gateway.get('/metrics');
  for (const line of [
    'gateway_function_invocation_started{function_name="fn.openfaas-fn"} 3',
    'gateway_function_invocation_total{function_name="fn.openfaas-fn",code="200"} 2',
    'gateway_function_invocation_total{function_name="fn.openfaas-fn",code="418"} 1',
    'gateway_functions_seconds_count{function_name="fn.openfaas-fn",code="200"} 2',
    'gateway_functions_seconds_bucket{le="+Inf",function_name="fn.openfaas-fn",code="418"} 1',
    'gateway_service_count{function_name="fn.openfaas-fn"} 2',
  ]) {
    expect(metrics).toContain(line);
  }
  // Names that callers invent make no time series.
  expect(metrics).not.toContain('nobody');
  expect(gateway.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  expect(await (await fetch(gateway.metricsUrl!)).text()).toContain('gateway_service_count');
  expect((await fetch(gateway.metricsUrl!.replace('/metrics', '/system/functions'))).status).toBe(404);
});

test('a function that is gone is no longer counted as a service', async () => {
  const gateway = await testGateway();
  await gateway.deploy({ service: 'fn', image: 'plain' });
  await gateway.call('/system/functions', { method: 'DELETE', body: { functionName: 'fn' } });
  expect(await gateway.get('/metrics')).not.toContain('gateway_service_count{');
});
