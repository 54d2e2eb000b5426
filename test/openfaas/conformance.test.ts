import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { processEnvironment } from '#shared/config.ts';
import { gatewayApi, type ApiAnswer, type ApiRequest, type GatewayApi } from '../../scripts/conformance/gateway-api.ts';
import { startProbedGateway, type ProbedGateway } from '../../scripts/conformance/local-gateway.ts';
import { farmProbe } from '../../scripts/conformance/probe.ts';
import type { Outcome } from '../../scripts/conformance/requirement.ts';
import { requirements, tryRequirement } from '../../scripts/conformance/suite.ts';
import type { TrialOptions } from '../../scripts/conformance/trial.ts';

const clock = new SystemClock();
/** A tenth of Community Edition's times, so that load and rest take seconds. */
const throughput = { ratePerS: 5, windowMs: 1000, holdMs: 500, repeatMs: 3000, lookMs: 100 };

let gateway: ProbedGateway;
let capped: ProbedGateway;
beforeAll(async () => {
  const options = { root: join(import.meta.dirname, '../..'), environment: processEnvironment(), clock, throughput };
  gateway = await startProbedGateway(options);
  capped = await startProbedGateway({ ...options, maxReplicas: 5 });
});
afterAll(async () => {
  await gateway.stop();
  await capped.stop();
});

/** Tries one requirement by its name. */
async function attempt(name: string, options: Partial<TrialOptions> = {}): Promise<Outcome> {
  const requirement = requirements.find((candidate) => candidate.name === name);
  if (requirement === undefined) throw new Error(`no requirement is called ${name}`);
  return await tryRequirement(requirement, {
    api: gatewayApi(gateway.url, gateway.credentials),
    probe: farmProbe(gateway.image),
    clock,
    prefix: 'conformance',
    readyWithinMs: 30_000,
    load: { ratePerS: 20, scaledWithinMs: 30_000, pinnedForMs: 2500 },
    callbackHost: '127.0.0.1',
    ...options,
  });
}

describe('the gateway of one machine', () => {
  test.each(requirements.map(({ name }) => ({ name })))(
    '$name',
    async ({ name }) => {
      expect(await attempt(name)).toMatchObject({ result: 'passed', because: null });
    },
    60_000,
  );

  test('as Community Edition it keeps one replica, which is told and not failed', async () => {
    const api = gatewayApi(capped.url, capped.credentials);
    expect(await attempt('scale from zero on invoke', { api })).toMatchObject({
      result: 'skipped',
      because: 'asked for 0 replicas, the gateway keeps 1',
    });
  });
});

test.each([
  { name: 'redirects passed through', options: { probe: { ...farmProbe('x'), redirectPath: null } }, why: 'probe' },
  { name: 'async: callback', options: { callbackHost: null }, why: '--callback-host' },
])('what cannot be tried is skipped: $name', async ({ name, options, why }) => {
  const outcome = await attempt(name, options);
  expect(outcome.result).toBe('skipped');
  expect(outcome.because).toContain(why);
});

/** What a gateway gets wrong: it changes a request before it goes out, or the answer to it. */
interface Fault {
  readonly request?: (path: string, request: ApiRequest) => ApiRequest;
  readonly answer?: (path: string, request: ApiRequest, answer: ApiAnswer) => Partial<ApiAnswer>;
}

function faulty(api: GatewayApi, fault: Fault): GatewayApi {
  return {
    ...api,
    async call(path, request = {}) {
      const answer = await api.call(path, fault.request?.(path, request) ?? request);
      return { ...answer, ...fault.answer?.(path, request, answer) };
    },
  };
}

/** Drops or sets fields of what is deployed. */
function deploys(change: Record<string, unknown>): Required<Fault>['request'] {
  return (path, request) =>
    path === '/system/functions' && typeof request.body === 'object'
      ? { ...request, body: { ...request.body, ...change } }
      : request;
}

function status(matches: string, from: number, to: number): Required<Fault>['answer'] {
  return (path, request, answer) =>
    `${request.method ?? 'GET'} ${path}`.startsWith(matches) && answer.status === from ? { status: to } : {};
}

const faults: readonly { name: string; gateway: string; fault: Fault; says: string }[] = [
  { name: 'health', gateway: 'is not well', fault: { answer: status('GET /healthz', 200, 500) }, says: 'got 500' },
  {
    name: 'credentials',
    gateway: 'lets everybody in',
    fault: { request: (_path, request) => ({ ...request, authorised: true }) },
    says: 'without credentials: expected 401, got 200',
  },
  {
    name: 'metadata echoed',
    gateway: 'loses annotations',
    fault: { request: deploys({ annotations: {} }) },
    says: 'annotations.example.com/note',
  },
  {
    name: 'metadata echoed',
    gateway: 'changes a limit',
    fault: { request: deploys({ limits: { memory: '1Gi', cpu: '500m' } }) },
    says: 'limits.memory: expected 256Mi, got 1Gi',
  },
  {
    name: 'update not found',
    gateway: 'accepts an update of nothing',
    fault: { answer: status('PUT /system/functions', 404, 200) },
    says: 'expected 404, got 200',
  },
  {
    name: 'read not found',
    gateway: 'is vague about what it does not have',
    fault: { answer: status('GET /system/function/', 404, 500) },
    says: 'expected 404, got 500',
  },
  {
    name: 'invoke: X-Call-Id',
    gateway: 'replaces the caller’s id',
    fault: { request: (path, request) => (path.startsWith('/function/') ? { ...request, headers: {} } : request) },
    says: 'is replaced',
  },
  {
    name: 'redirects passed through',
    gateway: 'follows redirects',
    fault: { answer: status('GET /function/', 302, 200) },
    says: 'expected 302 to /elsewhere, got 200',
  },
  {
    name: 'async: accepted',
    gateway: 'answers at once',
    fault: { answer: status('POST /async-function/', 202, 200) },
    says: 'expected 202, got 200',
  },
  {
    name: 'scale minimum',
    gateway: 'reads no labels',
    fault: { request: deploys({ labels: {} }) },
    says: 'got 1 of 1',
  },
  {
    name: 'scaling disabled by labels',
    gateway: 'scales what is pinned',
    fault: { request: deploys({ labels: { 'com.openfaas.scale.max': '3' } }) },
    says: 'under load there are 2 replicas',
  },
  {
    name: 'scale up and down from throughput',
    gateway: 'scales by no throughput',
    fault: { request: deploys({ labels: {} }) },
    says: '2 replicas under load',
  },
  {
    name: 'secret: create and list',
    gateway: 'tells values',
    fault: {
      answer: (path, _request, { text }) => (path === '/system/secrets' ? { text: `${text} not to be told` } : {}),
    },
    says: 'the list tells values',
  },
  {
    name: 'secret: the function sees its rawValue',
    gateway: 'takes bytes for text',
    fault: {
      request: (path, request) =>
        path === '/system/secrets' && typeof request.body === 'object' && 'rawValue' in request.body
          ? { ...request, body: { ...request.body, rawValue: undefined, value: request.body.rawValue } }
          : request,
    },
    says: 'the function sees 200',
  },
];

test.each(faults)(
  'a gateway that $gateway fails: $name',
  async ({ name, fault, says }) => {
    const api = faulty(gatewayApi(gateway.url, gateway.credentials), fault);
    const load = { ratePerS: 20, scaledWithinMs: 2500, pinnedForMs: 15_000 };
    const outcome = await attempt(name, { api, load });
    expect(outcome.result).toBe('failed');
    expect(outcome.because).toContain(says);
  },
  60_000,
);
