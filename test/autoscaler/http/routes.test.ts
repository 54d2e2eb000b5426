import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Registry } from 'prom-client';
import { addMetrics } from '#autoscaler/http/metrics.ts';
import { loadPage } from '#autoscaler/http/page.ts';
import { addRoutes } from '#autoscaler/http/routes.ts';
import { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { answerErrors } from '#shared/http-errors.ts';
import { silentLogger } from '#shared/log.ts';
import { requireToken } from '#shared/token.ts';
import { MemoryFarm } from '../support/memory-farm.ts';
import { rules } from '../support/rules.ts';

const TOKEN = 'a-long-token';
const authorised = { authorization: `Bearer ${TOKEN}` };

let clock: VirtualClock;
let farm: MemoryFarm;
let autoscaler: Autoscaler;
let app: FastifyInstance;

beforeEach(async () => {
  clock = new VirtualClock();
  farm = new MemoryFarm(clock, 2);
  const control = farmConfigSchema.shape.control.parse({ policy: 'static-4', stepDurationS: 8, initialWorkers: 2 });
  const parts = {
    ...{ queue: farm.queue, drain: farm.drain, scaler: farm.scaler, clock, log: silentLogger },
    sink: { append: async () => undefined },
    policies: rules,
    newOrder: () => 'order',
    leads: () => true,
  };
  autoscaler = await Autoscaler.start(parts, control);
  await clock.advance(0);
  app = Fastify();
  answerErrors(app);
  addRoutes(app, {
    ...{ autoscaler, control, clock },
    policies: rules,
    authorise: requireToken({ redisUrl: null, farmToken: TOKEN, gatewayUser: null, gatewayPassword: null }),
  });
  (await loadPage())(app);
});

afterEach(async () => {
  await autoscaler.stop();
  await app.close();
});

async function get(url: string): Promise<{ status: number; body: unknown }> {
  const response = await app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}

async function post(url: string, body?: object, headers: Record<string, string> = authorised) {
  const response = await app.inject({ method: 'POST', url, headers, ...(body === undefined ? {} : { payload: body }) });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

describe('reading', () => {
  test('GET /status: state, episode, workers, queue, observation and problems', async () => {
    farm.waiting = 3;
    await clock.advance(8 * SECOND);
    expect((await get('/status')).body).toMatchObject({
      state: 'running',
      leads: true,
      at: clock.farmTime(),
      episode: { policy: 'static-4', steps: 1, scaling: { up: 1, down: 0, noop: 0 }, settings: { stepDurationS: 8 } },
      workers: { desired: 2, granted: 2, ready: 2, active: 2, parked: 0, limit: null },
      queue: { input: 0, emitting: 0, waiting: 3, inFlight: 0, result: 0, deadLetters: 0 },
      observation: { workerQueue: 3, workers: 2 },
      problems: {},
    });
  });

  test('GET /status says what does not work', async () => {
    farm.gatewayMood = 'failing';
    await clock.advance(8 * SECOND);
    expect((await get('/status')).body).toMatchObject({
      problems: { gateway: { since: clock.farmTime(), because: 'the gateway does not answer' } },
    });
  });

  test('GET /observation: the nine by name and in order, and what goes with them', async () => {
    farm.waiting = 3;
    farm.emitted = 16;
    await clock.advance(8 * SECOND);
    expect(await get('/observation')).toMatchObject({
      status: 200,
      body: {
        observation: { inputQueue: 0, workerQueue: 3, workers: 2, arrivalRate: 2, qosRate: 1 },
        values: [0, 3, 0, 0, 2, 0, 0, 2, 1],
        info: { at: clock.farmTime(), fresh: false, ready: 2 },
      },
    });
  });

  test('GET /observation before the farm was ever seen: nulls', async () => {
    farm.queueMood = 'failing';
    const parts = {
      ...{ queue: farm.queue, drain: farm.drain, scaler: farm.scaler, clock, log: silentLogger },
      sink: { append: async () => undefined },
      policies: rules,
    };
    const blind = await Autoscaler.start(
      { ...parts, newOrder: () => 'order', leads: () => true },
      farmConfigSchema.shape.control.parse({}),
    );
    const other = Fastify();
    addRoutes(other, {
      autoscaler: blind,
      policies: rules,
      control: farmConfigSchema.parse({}).control,
      authorise: async () => undefined,
      clock,
    });
    await clock.advance(0);
    expect((await other.inject('/observation')).json()).toEqual({ observation: null, values: null, info: null });
    expect((await other.inject('/status')).json()).toMatchObject({ workers: null, queue: null });
    await blind.stop();
    await other.close();
  });

  test('GET /policies: the rules with their options, and the models', async () => {
    const { body } = await get('/policies');
    expect(body).toMatchObject({
      models: [],
      policies: expect.arrayContaining([
        { name: 'static-N', options: '', summary: 'N workers, whatever happens' },
      ]) as object[],
    });
  });

  test('GET /decisions: newest first, as many as asked for', async () => {
    await clock.advance(24 * SECOND);
    const { body } = await get('/decisions?limit=2');
    expect(body).toMatchObject({ decisions: [{ step: 3 }, { step: 2 }] });
  });

  test.each(['0', '1001', 'many', '', '2.5'])('GET /decisions?limit=%s is refused', async (limit) => {
    expect(await get(`/decisions?limit=${limit}`)).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'BODY_INVALID',
          message: expect.stringContaining('limit: expected a number of decisions from 1 to 1000') as string,
        },
      },
    });
  });

  test('GET /episodes/current', async () => {
    expect((await get('/episodes/current')).body).toMatchObject({
      policy: 'static-4',
      steps: 0,
      scaling: { up: 0, down: 0, noop: 0 },
      workers: { mean: 2, max: 2, now: 2 },
      since: clock.farmTime(),
    });
  });
});

describe('changing', () => {
  test('POST /episodes starts one with what is given, and farm.yml’s for the rest', async () => {
    const { status, body } = await post('/episodes', { policy: 'reactive-maximum', initialWorkers: 3, horizonS: 4 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      policy: 'reactive-maximum',
      steps: 0,
      workers: { mean: 3, max: 3, now: 3 },
      settings: { stepDurationS: 8, initialWorkers: 3, horizonS: 4, maxWorkers: 32, maxScalingStep: 1 },
      prepared: { requested: 3, granted: 3, ready: 3 },
    });
  });

  test('POST /episodes without a body takes farm.yml’s settings', async () => {
    expect(await post('/episodes')).toMatchObject({ status: 201, body: { policy: 'static-4' } });
  });

  test.each([
    ['a misspelt key', { polcy: 'static-4' }, 'BODY_INVALID', /unrecognised key "polcy"; allowed: policy, minWorkers/],
    ['a number as text', { stepDurationS: '8' }, 'BODY_INVALID', /stepDurationS: expected .* over 0, got "8"/],
    ['no worker', { initialWorkers: 0 }, 'BODY_INVALID', /initialWorkers: expected .* from 1 to 32, got 0/],
    [
      'more than the maximum',
      { initialWorkers: 9, maxWorkers: 8 },
      'BODY_INVALID',
      /expected minWorkers to maxWorkers \(1 to 8\)/,
    ],
    ['a list', [], 'BODY_INVALID', /expected an object of settings/],
    ['an unknown policy', { policy: 'lucky' }, 'UNKNOWN_POLICY', /policy "lucky": expected one of static-N/],
  ])('POST /episodes refuses %s and changes nothing', async (_case, body, code, message) => {
    const answer = await post('/episodes', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code } } });
    expect((answer.body['error'] as { message: string }).message).toMatch(message);
    expect(autoscaler.episode.policy).toBe('static-4');
  });

  test('POST /episodes while the gateway is away', async () => {
    farm.gatewayMood = 'failing';
    expect(await post('/episodes')).toMatchObject({ status: 503, body: { error: { code: 'GATEWAY_UNREACHABLE' } } });
    expect(autoscaler.state).toBe('running');
  });

  test('POST /pause and /resume', async () => {
    expect(await post('/pause')).toEqual({ status: 200, body: { state: 'paused' } });
    expect(await post('/resume')).toEqual({ status: 200, body: { state: 'running' } });
  });

  test.each([
    ['without a token', {}],
    ['with a wrong one', { authorization: 'Bearer guess' }],
  ])('is refused %s', async (_case, headers) => {
    for (const url of ['/episodes', '/pause', '/resume']) {
      expect(await post(url, undefined, headers)).toMatchObject({
        status: 401,
        body: { error: { code: 'UNAUTHORISED' } },
      });
    }
    expect(autoscaler.state).toBe('running');
    expect(farm.applied).toEqual([]);
  });
});

describe('the page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/page.css', 'text/css; charset=utf-8'],
    ['/page.js', 'text/javascript; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
  ])('GET %s', async (url, type) => {
    const response = await app.inject(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe(type);
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'self'/);
  });

  test('keeps to its own policy: no inline script or style, no other host, no absolute path', async () => {
    const html = (await app.inject('/')).body;
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses).toContain('page.js');
    for (const address of addresses) expect(address).toMatch(/^[a-z]/);
    for (const address of addresses) expect(address).not.toMatch(/^\w+:/);
  });

  test('shows only what the routes have', async () => {
    const [html, script] = await Promise.all(['/', '/page.js'].map(async (url) => (await app.inject(url)).body));
    const ids = new Set([...html!.matchAll(/id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, id] of script!.matchAll(/(?:show|byId)\('([^']+)'/g)) expect(ids).toContain(id);
  });
});

test('metrics: the observation, the workers, decisions by outcome, leadership', async () => {
  const registry = new Registry();
  addMetrics(registry, autoscaler);
  await clock.advance(24 * SECOND);
  const text = await registry.metrics();
  for (const line of [
    'farmhand_autoscaler_observation{name="workers"} 4',
    'farmhand_autoscaler_workers{kind="granted"} 4',
    'farmhand_autoscaler_decisions_total{outcome="up"} 2',
    'farmhand_autoscaler_decisions_total{outcome="noop"} 1',
    'farmhand_autoscaler_leads 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});
