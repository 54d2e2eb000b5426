import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { liveReplicas } from './support/live-replicas.ts';
import { deployReady, testGateway } from './support/test-gateway.ts';

const everything = {
  service: 'figlet',
  image: 'ghcr.io/team/plain:latest',
  namespace: 'openfaas-fn',
  envProcess: 'node index.js',
  envVars: { MODE: 'fast' },
  constraints: ['node.platform.os == linux'],
  secrets: ['api-key'],
  labels: { 'com.example.team': 'a', 'com.openfaas.scale.min': '2' },
  annotations: { topic: 'cron' },
  limits: { memory: '128Mi', cpu: '100m' },
  requests: { memory: '64Mi' },
  readOnlyRootFilesystem: true,
};

test('a deployment is echoed as it was given, with its replicas, label and time of creation', async () => {
  const gateway = await testGateway();
  await gateway.call('/system/secrets', { method: 'POST', body: { name: 'api-key', value: 's' } });
  expect((await gateway.call('/system/functions', { method: 'POST', body: everything })).status).toBe(202);
  await gateway.untilReady('figlet', { timeoutMs: 9000 });
  const { service, ...rest } = everything;
  const expected = {
    ...rest,
    name: service,
    labels: { ...rest.labels, faas_function: 'figlet' },
    replicas: 2,
    availableReplicas: 2,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
  };
  expect(await (await gateway.call('/system/function/figlet')).json()).toEqual(expected);
  expect(await (await gateway.call('/system/functions')).json()).toEqual([expected]);
  await gateway.call('/function/figlet');
  expect(await (await gateway.call('/system/function/figlet')).json()).toEqual({ ...expected, invocationCount: 1 });
});

test('what is absent or zero has no key, as Go leaves it out', async () => {
  const gateway = await testGateway(noProcesses);
  const nulls = { envVars: null, labels: null, annotations: null, constraints: null, secrets: null, limits: null };
  const body = { service: 'bare', image: 'plain', ...nulls, registryAuth: 'a key of other gateways' };
  expect((await gateway.call('/system/functions', { method: 'POST', body })).status).toBe(202);
  gateway.scale('bare', 0);
  const status = (await (await gateway.call('/system/function/bare')).json()) as object;
  expect(Object.keys(status).sort()).toEqual(['createdAt', 'image', 'labels', 'name', 'namespace']);
});

test('usage is told when asked for', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain' });
  const read = async (query: string) =>
    (await (await gateway.call(`/system/function/fn${query}`)).json()) as { usage?: Record<string, number> };
  expect((await read('')).usage).toBeUndefined();
  const { usage } = await read('?usage=1');
  expect(usage?.['totalMemoryBytes']).toBeGreaterThan(10e6);
  await until('it has used some CPU time', async () => {
    await gateway.get('/function/fn/large?bytes=30000000');
    return ((await read('?usage=true')).usage?.['cpu'] ?? 0) > 0;
  });
});

test('a life: create, refuse to create again, update, delete, and nothing is left', async () => {
  const gateway = await testGateway();
  const change = async (method: string, body: unknown) =>
    (await gateway.call('/system/functions', { method, body })).status;
  const fn = { service: 'fn', image: 'plain' };
  expect(await change('PUT', fn)).toBe(404);
  expect(await change('POST', fn)).toBe(202);
  expect(await change('POST', fn)).toBe(409);
  await gateway.untilReady('fn', { timeoutMs: 9000 });
  const before = await gateway.get('/function/fn/pid');
  expect(await change('PUT', { ...fn, envVars: { COLOUR: 'blue' } })).toBe(202);
  await gateway.untilReady('fn', { timeoutMs: 9000 });
  expect(await gateway.get('/function/fn/pid')).not.toBe(before);
  expect(JSON.parse(await gateway.get('/function/fn/env'))).toMatchObject({ COLOUR: 'blue' });
  expect(await change('DELETE', { functionName: 'fn' })).toBe(202);
  expect((await gateway.call('/system/function/fn')).status).toBe(404);
  expect((await gateway.call('/function/fn')).status).toBe(404);
  expect(await change('DELETE', { functionName: 'fn' })).toBe(404);
  await until('its processes are gone', () => liveReplicas(gateway).length === 0);
});

test('invocations go on without a failure while an update replaces the replicas', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 3 });
  const before = new Set(liveReplicas(gateway));
  const statuses = new Set<number>();
  const updated = new AbortController();
  const traffic = (async () => {
    while (!updated.signal.aborted)
      statuses.add((await gateway.call('/function/fn', { method: 'POST', body: 'x' })).status);
  })();
  await gateway.deploy({ service: 'fn', image: 'abrupt' });
  await gateway.untilReady('fn', { timeoutMs: 9000 });
  updated.abort();
  await traffic;
  expect([...statuses]).toEqual([200]);
  await until('only new processes are left', () => {
    const now = liveReplicas(gateway);
    return now.length === 3 && now.every((pid) => !before.has(pid));
  });
});

test('an update that cannot start leaves the old replicas at work, and a further one repairs it', async () => {
  const gateway = await testGateway();
  await deployReady(gateway, { service: 'fn', image: 'plain', replicas: 2 });
  await gateway.deploy({ service: 'fn', image: 'crasher' });
  await until('the new definition has failed twice', () => gateway.exits.filter(({ code }) => code === 3).length >= 2);
  expect((await gateway.call('/function/fn')).status).toBe(200);
  expect(gateway.functions()[0]?.availableReplicas).toBe(2);
  await gateway.deploy({ service: 'fn', image: 'plain' });
  await gateway.untilReady('fn', { timeoutMs: 9000 });
  await until('two processes are left', () => liveReplicas(gateway).length === 2);
});

/** Where only the answer to a request is looked at, no replica needs to start. */
const noProcesses = { concurrentStarts: 0 };
const fn = { service: 'fn', image: 'plain' };
test.each([
  { name: 'malformed JSON', body: '{"service":', says: 'the request body is not valid JSON' },
  { name: 'no object', body: '7', says: 'the document: expected a JSON object, got 7' },
  { name: 'no service', body: { image: 'plain' }, says: 'service: expected a function name, got nothing' },
  { name: 'a service that climbs', body: { ...fn, service: '../x' }, says: 'service: expected 1 to 63 of a-z 0-9 -' },
  { name: 'an upper-case service', body: { ...fn, service: 'Fn' }, says: 'service: expected 1 to 63 of a-z 0-9 -' },
  { name: 'no image', body: { service: 'fn' }, says: 'image: expected an image, got nothing' },
  {
    name: 'an unknown image',
    body: { service: 'fn', image: 'ghcr.io/x/nothing:1' },
    says: "image: no function is built for 'ghcr.io/x/nothing:1' (looked for 'nothing'); known images: abrupt, crasher, mute, plain, slow, stubborn",
  },
  {
    name: "an object's own property as image",
    body: { ...fn, image: 'constructor' },
    says: "looked for 'constructor'",
  },
  { name: 'a number in envVars', body: { ...fn, envVars: { A: 1 } }, says: 'envVars.A: expected a string, got 1' },
  { name: 'a NUL in envVars', body: { ...fn, envVars: { A: '\0' } }, says: 'envVars.A: expected a string' },
  { name: 'an impossible variable', body: { ...fn, envVars: { 'A=B': '1' } }, says: "have no '='" },
  {
    name: 'a label that is no string',
    body: { ...fn, labels: { a: true } },
    says: 'labels.a: expected a string, got true',
  },
  {
    name: 'a scaling label that is no number',
    body: { ...fn, labels: { 'com.openfaas.scale.min': 'two' } },
    says: 'labels.com.openfaas.scale.min: expected a whole number from 1 to 1000 as a string, got "two"',
  },
  {
    name: 'min above max',
    body: { ...fn, labels: { 'com.openfaas.scale.min': '3', 'com.openfaas.scale.max': '2' } },
    says: 'labels.com.openfaas.scale.min: expected at most com.openfaas.scale.max (2), got 3',
  },
  {
    name: 'a secret that does not exist',
    body: { ...fn, secrets: ['nothing'] },
    says: 'secrets: nothing does not exist; create it first (POST /system/secrets)',
  },
  { name: 'a secret that climbs', body: { ...fn, secrets: ['../a'] }, says: 'secrets.0: expected a-z 0-9 -' },
  {
    name: 'another namespace',
    body: { ...fn, namespace: 'dev' },
    says: 'namespace: expected "openfaas-fn", got "dev"',
  },
])('a deployment with $name is 400 and says why', async ({ body, says }) => {
  const gateway = await testGateway(noProcesses);
  for (const method of ['POST', 'PUT']) {
    if (method === 'PUT') await gateway.deploy(fn);
    const response = await gateway.call('/system/functions', { method, body });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(says);
  }
  expect(gateway.functions()).toHaveLength(1);
});

test.each([
  { name: 'list', path: '/system/functions?namespace=dev', method: 'GET', status: 400 },
  { name: 'list, own namespace', path: '/system/functions?namespace=openfaas-fn', method: 'GET', status: 200 },
  { name: 'list, empty namespace', path: '/system/functions?namespace=', method: 'GET', status: 200 },
  { name: 'status', path: '/system/function/fn?namespace=dev', method: 'GET', status: 400 },
  {
    name: 'scale',
    path: '/system/scale-function/fn?namespace=dev',
    method: 'POST',
    body: { replicas: 1 },
    status: 400,
  },
  {
    name: 'scale, in the body',
    path: '/system/scale-function/fn',
    method: 'POST',
    body: { replicas: 1, namespace: 'dev' },
    status: 400,
  },
  {
    name: 'delete',
    path: '/system/functions',
    method: 'DELETE',
    body: { functionName: 'fn', namespace: 'dev' },
    status: 400,
  },
  { name: 'delete without a name', path: '/system/functions', method: 'DELETE', body: {}, status: 400 },
  { name: 'status of nobody', path: '/system/function/nobody', method: 'GET', status: 404 },
  { name: 'bad percent-encoding', path: '/system/function/%zz', method: 'GET', status: 400 },
  { name: 'wrong method', path: '/system/functions', method: 'PATCH', status: 405 },
  { name: 'no route', path: '/system/nothing', method: 'GET', status: 404 },
  { name: 'a body over 1 MiB', path: '/system/functions', method: 'POST', body: 'x'.repeat(2 ** 20 + 1), status: 413 },
])('$name is $status', async ({ path, method, body, status }) => {
  const gateway = await testGateway(noProcesses);
  await gateway.deploy(fn);
  expect((await gateway.call(path, { method, ...(body === undefined ? {} : { body }) })).status).toBe(status);
});
