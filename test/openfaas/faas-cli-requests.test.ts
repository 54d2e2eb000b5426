import { beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { testGateway, type TestGateway } from '../local/gateway/support/test-gateway.ts';

/**
 * What faas-cli 0.18 sends and what it takes for success, after its sources (proxy/*.go, MIT). real-faas-cli.test.ts has faas-cli
 * itself, where it could be built.
 */
const deployment = {
  service: 'tried',
  image: 'ghcr.io/team/plain:latest',
  network: '',
  envProcess: 'node index.ts',
  envVars: { COLOUR: 'blue' },
  constraints: null,
  secrets: null,
  labels: { team: 'one' },
  annotations: {},
  limits: null,
  requests: null,
  readOnlyRootFilesystem: true,
  namespace: '',
};

const headers = { 'user-agent': 'faas-cli/0.18.12', 'content-type': 'application/json' };

describe('what faas-cli asks', () => {
  let gateway: TestGateway;
  const send = async (method: string, path: string, body?: object): Promise<number> =>
    (await gateway.call(path, { method, headers, ...(body === undefined ? {} : { body }) })).status;

  beforeEach(async () => {
    gateway = await testGateway();
  });

  test('login: the list with the credentials, 401 with others', async () => {
    expect(await send('GET', '/system/functions')).toBe(200);
    const authorization = `Basic ${Buffer.from('admin:wrong').toString('base64')}`;
    expect((await gateway.call('/system/functions', { headers: { authorization } })).status).toBe(401);
  });

  test('deploy: PUT, and POST after 404; from then on PUT alone', async () => {
    expect(await send('PUT', '/system/functions', deployment)).toBe(404);
    expect(await send('POST', '/system/functions', deployment)).toBe(202);
    expect(await send('PUT', '/system/functions', deployment)).toBe(202);
  });

  test('deploy --replace: DELETE, and POST at once', async () => {
    expect(await send('DELETE', '/system/functions?namespace=', { functionName: 'tried' })).toBe(404);
    for (let times = 0; times < 3; times += 1) {
      expect(await send('POST', '/system/functions', deployment)).toBe(202);
      expect(await send('DELETE', '/system/functions?namespace=', { functionName: 'tried', namespace: '' })).toBe(202);
    }
  });

  test('list and describe: numbers, a time and maps that Go’s decoder takes, and no null', async () => {
    await send('POST', '/system/functions', deployment);
    await gateway.untilReady('tried', { timeoutMs: 9000 });
    const listed = (await (await gateway.call('/system/functions?namespace=')).json()) as unknown[];
    const described = (await (await gateway.call('/system/function/tried?namespace=&usage=1')).json()) as object;
    for (const status of [listed[0], described] as Record<string, unknown>[]) {
      expect(status).toMatchObject({
        name: 'tried',
        image: deployment.image,
        namespace: 'openfaas-fn',
        replicas: 1,
        availableReplicas: 1,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      });
      expect(Object.values(status)).not.toContain(null);
    }
    expect(described).toHaveProperty('usage.totalMemoryBytes', expect.any(Number));
  });

  test('logs: as it asks with --tail=false, --since, --lines, and until the function is removed with --tail', async () => {
    await send('POST', '/system/functions', deployment);
    await gateway.untilReady('tried', { timeoutMs: 9000 });
    for (const text of ['one', 'two']) await gateway.call(`/function/tried/say?text=${text}`);
    const read = async (query: string): Promise<string[]> => {
      const text = await (await gateway.call(`/system/logs?name=tried&${query}`)).text();
      return text.split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { text: string }).text]));
    };
    await until('both lines are there', async () => (await read('follow=false&tail=-1')).length === 2);
    expect(await read('follow=false&tail=1')).toEqual(['two']);
    // Format RFC 3339 of a time zone east of Greenwich, form-encoded.
    expect(await read('follow=false&since=2020-01-01T00%3A00%3A00%2B01%3A00&tail=-1')).toEqual(['one', 'two']);
    const followed = read('follow=true&tail=-1');
    await send('DELETE', '/system/functions?namespace=', { functionName: 'tried' });
    expect(await followed).toEqual(['one', 'two']);
  });

  test('invoke: POST with the body and its type, at once and with --async', async () => {
    await send('POST', '/system/functions', deployment);
    const asked = { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } };
    const answer = await gateway.call('/function/tried', asked);
    expect([answer.status, await answer.json()]).toMatchObject([200, { method: 'POST', body: 'hello' }]);
    expect((await gateway.call('/async-function/tried', asked)).status).toBe(202);
    expect((await gateway.call('/function/absent', asked)).status).toBe(404);
  });

  test('secret create, list, update and remove; version and namespaces', async () => {
    const secret = { name: 'tried-secret', namespace: '', value: 'a value' };
    expect(await send('POST', '/system/secrets', secret)).toBe(202);
    expect(await (await gateway.call('/system/secrets?namespace=')).json()).toEqual([
      { name: 'tried-secret', namespace: 'openfaas-fn' },
    ]);
    expect(await send('PUT', '/system/secrets', secret)).toBe(202);
    expect(await send('DELETE', '/system/secrets', { name: 'tried-secret', namespace: '' })).toBe(202);
    expect(await send('PUT', '/system/secrets', secret)).toBe(404);
    expect(await (await gateway.call('/system/info')).json()).toMatchObject({
      provider: { provider: 'farmhand-local', version: { release: '1.2.3' }, orchestration: 'processes' },
      version: { release: '1.2.3' },
    });
    expect(await (await gateway.call('/system/namespaces')).json()).toEqual(['openfaas-fn']);
  });
});
