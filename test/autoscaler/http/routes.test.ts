import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Autoscaler } from '#autoscaler/loop/autoscaler.ts';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { authorised, startTestHttp } from '../support/http.ts';
import type { MemoryFarm } from '../support/memory-farm.ts';

let clock: VirtualClock;
let farm: MemoryFarm;
let autoscaler: Autoscaler;
let app: FastifyInstance;

beforeEach(async () => {
  clock = new VirtualClock();
  ({ app, autoscaler, memory: farm } = await startTestHttp({ clock, stepDurationS: 8 }));
  await clock.advance(0);
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

  test('GET /observation before the farm was ever seen: nulls, and no number of workers is desired', async () => {
    const blind = await startTestHttp({ clock: new VirtualClock(), stepDurationS: 8, blind: true });
    expect((await blind.app.inject('/observation')).json()).toEqual({ observation: null, values: null, info: null });
    expect((await blind.app.inject('/status')).json()).toMatchObject({ workers: null, queue: null });
    expect((await blind.app.inject('/desired')).statusCode).toBe(503);
  });

  test('GET /desired: what KEDA asks for', async () => {
    expect((await get('/desired')).body).toEqual({ desired: 2, granted: 2, at: clock.farmTime() });
  });

  test('GET /health and /ready', async () => {
    expect(await get('/health')).toEqual({ status: 200, body: { alive: true } });
    expect(await get('/ready')).toEqual({ status: 200, body: { ready: true } });
  });

  test('GET /workloads: what each asks for', async () => {
    const { body } = await get('/workloads');
    expect(body).toMatchObject({
      workloads: expect.arrayContaining([
        expect.objectContaining({ name: 'quick', durationS: 20, stepDurationS: 1, kind: 'image' }),
      ]) as object[],
    });
  });

  test('GET /policies: the rules with their options, and the models', async () => {
    const { body } = await get('/policies');
    expect(body).toMatchObject({
      models: expect.arrayContaining(['best']) as string[],
      agents: ['sarsa', 'dqn', 'cem'],
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
      status: 422,
      body: {
        error: {
          code: 'FIELD_INVALID',
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
    [
      'a misspelt key',
      { polcy: 'static-4' },
      'FIELD_INVALID',
      /unrecognised key "polcy"; allowed: policy, safePolicy, /,
    ],
    ['a number as text', { stepDurationS: '8' }, 'FIELD_INVALID', /stepDurationS: expected .* over 0, got "8"/],
    ['no worker', { initialWorkers: 0 }, 'FIELD_INVALID', /initialWorkers: expected .* from 1 to 32, got 0/],
    [
      'more than the maximum',
      { initialWorkers: 9, maxWorkers: 8 },
      'FIELD_INVALID',
      /expected minWorkers to maxWorkers \(1 to 8\)/,
    ],
    ['a list', [], 'FIELD_INVALID', /expected a section with the keys policy, /],
    ['an unknown policy', { policy: 'lucky' }, 'UNKNOWN_POLICY', /policy "lucky": expected one of static-N/],
  ])('POST /episodes refuses %s and changes nothing', async (_case, body, code, message) => {
    const answer = await post('/episodes', body);
    expect(answer).toMatchObject({ status: 422, body: { error: { code } } });
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
