import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { gatewayApi } from '../../scripts/conformance/gateway-api.ts';
import { startProbedGateway, type ProbedGateway } from '../../scripts/conformance/local-gateway.ts';
import { farmProbe } from '../../scripts/conformance/probe.ts';
import { requirements, tryRequirement } from '../../scripts/conformance/suite.ts';
import { until } from '../support/until.ts';
import { findTool, serveTool, type ServingTool } from './support/real-tool.ts';

const gatewayFile = findTool('openfaas-gateway');
const clock = new SystemClock();
/** It listens there, whatever it is told. */
const url = 'http://127.0.0.1:8080';

/** What it does not let through or does not have without NATS. */
const skipped = ['scale from zero on invoke', 'async: accepted', 'async: callback'];

describe.skipIf(gatewayFile === null)('our gateway as the provider behind OpenFaaS’ own', { timeout: 120_000 }, () => {
  let provider: ProbedGateway;
  let gateway: ServingTool;
  let folder: string;
  const prometheus = createServer((_request, response) =>
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } })),
  );

  beforeAll(async () => {
    provider = await startProbedGateway({
      root: join(import.meta.dirname, '../..'),
      environment: processEnvironment(),
      clock,
    });
    prometheus.listen(0, '127.0.0.1');
    await once(prometheus, 'listening');
    folder = mkdtempSync(join(tmpdir(), 'farmhand-test-'));
    writeFileSync(join(folder, 'basic-auth-user'), provider.credentials.user);
    writeFileSync(join(folder, 'basic-auth-password'), provider.credentials.password);
    gateway = serveTool(gatewayFile!, {
      cwd: folder,
      env: {
        // Addresses are made by putting the route behind it.
        functions_provider_url: `${provider.url}/`,
        faas_prometheus_host: '127.0.0.1',
        // Without it the list of functions ends in a nil dereference (gateway/metrics/add_metrics.go).
        faas_prometheus_port: String((prometheus.address() as AddressInfo).port),
        function_namespace: 'openfaas-fn',
        basic_auth: 'true',
        secret_mount_path: folder,
        scale_from_zero: 'true',
        read_timeout: '60s',
        write_timeout: '60s',
        upstream_timeout: '55s',
      },
    });
    await until(`it answers: ${gateway.lines.join('\n')}`, async () => {
      return (await fetch(`${url}/healthz`).catch(() => null))?.status === 200;
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    prometheus.close();
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(requirements.map(({ name }) => ({ name })))('$name', async ({ name }) => {
    const outcome = await tryRequirement(
      requirements.find((candidate) => candidate.name === name)!,
      {
        api: gatewayApi(url, provider.credentials),
        probe: farmProbe(provider.image),
        clock,
        prefix: 'conformance',
        readyWithinMs: 20_000,
        load: { ratePerS: 10, scaledWithinMs: 60_000, pinnedForMs: 10_000 },
        callbackHost: '127.0.0.1',
      },
    );
    expect(outcome).toMatchObject({ result: skipped.includes(name) ? 'skipped' : 'passed' });
  });
});
