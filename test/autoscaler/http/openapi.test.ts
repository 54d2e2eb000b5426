import { z } from 'zod';
import { beforeEach, describe, expect, test } from 'vitest';
import { openApiDocument } from '#autoscaler/http/openapi/document.ts';
import { authorised, startTestHttp, type TestHttp } from '../support/http.ts';
import { until } from '../../support/until.ts';

let test_: TestHttp;
beforeEach(async () => {
  test_ = await startTestHttp();
  await until('a decision', () => test_.autoscaler.knowledge.decisions(1).length === 1);
});

interface Operation {
  readonly operationId: string;
  readonly security?: object[];
  readonly parameters?: { name: string; in: string; required: boolean }[];
  readonly requestBody?: { content: Record<string, { schema: { oneOf?: object[] } }> };
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { version: string };
  readonly paths: Record<string, Record<string, Operation>>;
}

async function readDocument(): Promise<Document> {
  return (await (await fetch(`${test_.url}/openapi.json`)).json()) as Document;
}

test('every route stands in the document, with its guard, parameters, body and answers', async () => {
  const document = await readDocument();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+$/);
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations).toHaveLength(test_.http.routes.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { contract } of test_.http.routes) {
    const operation = document.paths[contract.path.replaceAll(/:(\w+)/g, '{$1}')]?.[contract.method.toLowerCase()];
    expect(operation, `${contract.method} ${contract.path}`).toBeDefined();
    expect(operation?.security !== undefined).toBe(contract.guarded);
    for (const status of Object.keys(contract.answers)) expect(operation?.responses[status]).toBeDefined();
    if (contract.guarded) expect(operation?.responses['401']).toBeDefined();
  }
});

test('a training is described for every agent there is', async () => {
  const { paths } = await readDocument();
  const body = paths['/train']?.['post']?.requestBody?.content['application/json']?.schema;
  expect(JSON.stringify(body)).toMatch(/"sarsa".*"traceLambda".*"dqn".*"hiddenLayers".*"cem".*"population"/s);
  expect(paths['/decisions']?.['get']?.parameters).toMatchObject([{ name: 'limit', in: 'query', required: false }]);
  expect(paths['/runs/{id}']?.['get']?.parameters).toMatchObject([{ name: 'id', in: 'path', required: true }]);
});

test('the examples hold against their schemas', () => {
  const examples = test_.http.routes.flatMap(({ contract }) =>
    Object.values(contract.answers).flatMap(({ schema, example }) =>
      schema === undefined || example === undefined ? [] : [{ path: contract.path, schema, example }],
    ),
  );
  expect(examples.length).toBeGreaterThan(3);
  for (const { path, schema, example } of examples)
    expect([path, schema.safeParse(example).success]).toEqual([path, true]);
});

test('the document is the same twice, and no schema of it is empty', () => {
  const contracts = test_.http.routes.map(({ contract }) => contract);
  const document = openApiDocument(contracts, { version: '1.2.3' });
  expect(openApiDocument(contracts, { version: '1.2.3' })).toEqual(document);
  expect(JSON.stringify(document)).not.toContain('"schema":{}}}},"responses":{"200"');
});

describe('what routes really answer', () => {
  const schemaOf = (method: string, path: string, status: number): z.ZodType => {
    const found = test_.http.routes.find(({ contract }) => contract.method === method && contract.path === path);
    const schema = found?.contract.answers[status]?.schema;
    if (schema === undefined) throw new Error(`${method} ${path} ${status} has no schema`);
    return schema;
  };
  async function check(method: string, path: string, options: { at?: string; body?: object; status?: number } = {}) {
    const { at = path, body, status = 200 } = options;
    const response = await fetch(`${test_.url}${at}`, {
      method,
      headers: { ...authorised, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    expect([at, response.status, answer]).toMatchObject([at, status, {}]);
    const parsed = schemaOf(method, path, status).safeParse(answer);
    expect([at, parsed.success ? '' : z.prettifyError(parsed.error)]).toEqual([at, '']);
    return answer;
  }

  test.each([
    '/status',
    '/observation',
    '/decisions',
    '/desired',
    '/health',
    '/ready',
    '/episodes/current',
    '/policies',
    '/policy',
    '/shadow',
    '/workloads',
    '/runs',
    '/models',
    '/openapi.json',
  ])('GET %s is as it is described', async (path) => {
    await check('GET', path);
  });

  test('every read without parameters is among them', () => {
    const plain = test_.http.routes
      .map(({ contract }) => contract)
      .filter(
        ({ method, path, answers }) => method === 'GET' && !path.includes(':') && answers[200]?.schema !== undefined,
      )
      .map(({ path }) => path);
    expect(plain).toHaveLength(14);
  });

  test('switching: policy, shadow, pause, resume', async () => {
    expect(await check('PUT', '/policy', { body: { live: 'reactive-average', shadow: 'static-9' } })).toMatchObject({
      live: { name: 'reactive-average', model: null },
      shadow: { name: 'static-9' },
    });
    expect(await check('GET', '/shadow')).toMatchObject({
      candidate: 'static-9',
      because: 'the log holds 0 decisions',
      qos: null,
    });
    await check('POST', '/pause');
    await check('POST', '/resume');
    await check('POST', '/episodes', { body: { policy: 'static-3' }, status: 201 });
  });

  test('a training from request to promoted model, and back', async () => {
    const request = {
      agent: 'sarsa',
      workload: 'reference-as-coded',
      maxSteps: 4,
      episodes: 5,
      evalEpisodes: 2,
      finalEpisodes: 2,
    };
    const { runId } = await check('POST', '/train', { body: request, status: 202 });
    const run = await until('it is done', async () => {
      const shown = await check('GET', '/runs/:id', { at: `/runs/${String(runId)}` });
      return shown['state'] === 'done' ? shown : null;
    });
    expect(run).toMatchObject({ request, points: [{ episode: 1 }, { episode: 2 }, {}, {}, { episode: 5 }] });
    const { model: id } = run['result'] as { model: string };
    await check('GET', '/models/:id', { at: `/models/${id}` });
    expect(await check('POST', '/models/:id/promote', { at: `/models/${id}/promote` })).toMatchObject({
      promoted: true,
    });
    expect(await check('PUT', '/policy', { body: { live: 'sarsa-reference-as-coded' } })).toMatchObject({
      live: { model: id },
    });
    const file = await fetch(`${test_.url}/models/${id}/download`);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="sarsa-reference-as-coded@1.json"');
    const uploaded = await fetch(`${test_.url}/models`, {
      method: 'POST',
      headers: { ...authorised, 'content-type': 'application/json' },
      body: await file.arrayBuffer(),
    });
    expect([uploaded.status, await uploaded.json()]).toMatchObject([201, { id, version: 1 }]);
    await check('POST', '/evaluate', {
      body: { model: id, workload: 'reference-as-coded', maxSteps: 4, seeds: 2 },
      status: 202,
    });
    await check('GET', '/runs');
    const nothing = await fetch(`${test_.url}/models/sarsa-reference-as-coded/rollback`, {
      method: 'POST',
      headers: authorised,
    });
    expect(nothing.status).toBe(409);
  });
});

describe('docs/', () => {
  test('is found without its slash, by an address that holds behind a gateway', async () => {
    const reply = await fetch(`${test_.url}/docs`, { redirect: 'manual' });
    expect([reply.status, reply.headers.get('location')]).toEqual([302, 'docs/']);
  });

  test('is Swagger UI from its own files, under a policy that runs no script of a page’s', async () => {
    const page = await fetch(`${test_.url}/docs/`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    const html = await page.text();
    expect(html).not.toMatch(/<script>|https?:/);
    for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await fetch(`${test_.url}/docs/${String(file)}`);
      expect([file, asset.status, (await asset.text()).length > 50]).toEqual([file, 200, true]);
    }
    expect((await fetch(`${test_.url}/docs/index.js`)).status).toBe(422);
  });
});

test('an answer that is not described so is found out', () => {
  const status = test_.http.routes.find(({ contract }) => contract.path === '/status')?.contract.answers[200]?.schema;
  expect(status?.safeParse({ state: 'running' }).success).toBe(false);
});
