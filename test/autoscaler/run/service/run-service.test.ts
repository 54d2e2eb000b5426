import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentNames } from '#autoscaler/learn/agent-name.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { LayeredModels } from '#autoscaler/model-store/layered-models.ts';
import { redisModelStore } from '#autoscaler/model-store/redis-models.ts';
import { ShippedModels } from '#autoscaler/model-store/shipped-models.ts';
import { runKeys } from '#autoscaler/run/service/run-keys.ts';
import { hasEnded, type RunRecord } from '#autoscaler/run/service/run-record.ts';
import {
  compareRequest,
  evaluateRequest,
  trainRequest,
  type RunKind,
  type RunRequest,
} from '#autoscaler/run/service/run-requests.ts';
import { RunStore } from '#autoscaler/run/service/run-store.ts';
import { openRunService, type RunService } from '#autoscaler/run/service/run-service.ts';
import { farmhandProfile } from '#autoscaler/sim/profiles/farmhand.ts';
import { FarmhandError } from '#shared/errors.ts';
import { silentLogger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import { clock, openTestFarm, type TestFarm } from '../../../support/farm.ts';
import { until } from '../../../support/until.ts';

const modelsFolder = join(import.meta.dirname, '../../../../models');

let farm: TestFarm;
let models: LayeredModels;
let services: RunService[];

beforeEach(async () => {
  farm = await openTestFarm();
  services = [];
  models = new LayeredModels({
    store: redisModelStore({ redis: farm.redis, farm: farm.config.farm, clock }),
    shipped: new ShippedModels(new ModelFolder(modelsFolder)),
  });
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await farm.close();
});

function open(
  instance = 'autoscaler-1',
  options: { checkpointEveryMs?: number; leaseTtlMs?: number } = {},
): RunService {
  const service = openRunService({
    ...{ redis: farm.redis, config: farm.config, models, modelsFolder, instance, clock, log: silentLogger },
    secrets: { redisUrl: farm.url, farmToken: null, gatewayUser: null, gatewayPassword: null },
    rng: new Sfc32(services.length + 1),
    thisFarm: {
      timing: async () => farmhandProfile,
      recentWorkload: () => Promise.reject(new FarmhandError('UNKNOWN_WORKLOAD', 'too little was finished lately')),
    },
    ...options,
  });
  services.push(service);
  return service;
}

/** The thread is a guest on a machine that may be busy. */
const LONG_MS = 60_000;
vi.setConfig({ testTimeout: 2 * LONG_MS });

/** Episodes of some steps, so that a training takes a moment. */
const short = { workload: 'reference-as-coded', maxSteps: 5, evalEpisodes: 2, finalEpisodes: 3, checkpointEvery: 5 };

const training = (of: object): RunRequest => ({
  kind: 'train',
  request: trainRequest.parse({ agent: 'sarsa', ...short, ...of }),
});

async function ended(service: RunService, { id }: RunRecord): Promise<RunRecord> {
  return until(
    `${id} ends`,
    async () => {
      const run = await service.get(id);
      return hasEnded(run.state) ? run : null;
    },
    LONG_MS,
  );
}

async function modelBytes(run: RunRecord): Promise<Buffer> {
  return Buffer.from((await models.get(String(run.result?.['model']))).bytes);
}

describe('a training', () => {
  it.each(agentNames)('of %s leaves a stored model with its lineage and figures, and a curve', async (agent) => {
    const service = open();
    const started = await service.start(
      training({ agent, episodes: 10, config: agent === 'dqn' ? { warmupSteps: 8 } : {} }),
    );
    expect(started).toMatchObject({ kind: 'train', state: expect.stringMatching(/queued|running/) as string });
    const run = await ended(service, started);
    expect(run).toMatchObject({ state: 'done', error: null, progress: { done: 10, total: 10 } });
    const { stored } = await models.get(String(run.result?.['model']));
    expect(stored).toMatchObject({
      name: `${agent}-reference-as-coded`,
      version: 1,
      agent,
      promoted: false,
      lineage: { source: 'training', data: { workload: 'reference-as-coded', profile: 'reference' }, seed: 42 },
      figures: { seeds: 3 },
    });
    expect(stored.lineage.configSha256).toMatch(/^[0-9a-f]{64}$/);
    const { points } = await service.get(run.id);
    expect(points.map(({ episode }) => episode)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(existsSync(join(tmpdir(), `farmhand-${farm.config.farm}-${run.id}`))).toBe(false);
  });

  it('that its process stops in the middle goes on in the next one, and leaves the same bytes as one in one piece', async () => {
    const whole = open('one-piece');
    const reference = await ended(whole, await whole.start(training({ episodes: 300, name: 'same' })));
    await whole.stop();

    const first = open('autoscaler-1');
    const { id } = await first.start(training({ episodes: 300, name: 'same' }));
    await until('it is at work', async () => (await first.get(id)).progress.done > 0, LONG_MS);
    await first.stop();
    const waiting = await first.get(id);
    expect(waiting).toMatchObject({ state: 'queued', endedAt: null });
    expect(waiting.progress.done).toBeLessThan(300);

    const second = open('autoscaler-2');
    const run = await ended(second, waiting);
    expect(run.state).toBe('done');
    expect(await modelBytes(run)).toEqual(await modelBytes(reference));
    const { points } = await second.get(id);
    expect(points.map(({ episode }) => episode)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  });

  it('whose process dies without a word is said to wait, and goes on from its checkpoint', async () => {
    const quick = { checkpointEveryMs: 1, leaseTtlMs: 600 };
    const whole = open('one-piece');
    const reference = await ended(whole, await whole.start(training({ episodes: 300, name: 'same' })));
    await whole.stop();

    const keys = runKeys(farm.config.farm);
    const dead = open('dead', quick);
    const { id } = await dead.start(training({ episodes: 300, name: 'same' }));
    await until('a checkpoint', async () => (await farm.redis.exists(keys.checkpoint(id))) === 1, LONG_MS);
    const saved = await farm.redis.dumpBuffer(keys.checkpoint(id));
    await dead.stop();
    // As a killed process leaves it: still the current one, its lease run out.
    await farm.redis
      .multi()
      .hset(keys.run(id), 'state', 'running', 'holder', 'dead')
      .del(keys.queue, keys.checkpoint(id))
      .restore(keys.checkpoint(id), 0, saved)
      .set(keys.current, id)
      .exec();
    const left = await dead.get(id);
    expect(left).toMatchObject({ state: 'queued', because: expect.stringContaining('the process') as string });

    const next = open('next', quick);
    const run = await ended(next, left);
    expect(run.state).toBe('done');
    expect(await modelBytes(run)).toEqual(await modelBytes(reference));
  });

  it('can learn on the timing of this very farm', async () => {
    const service = open();
    const run = await ended(service, await service.start(training({ episodes: 5, profile: 'farm' })));
    const { stored } = await models.get(String(run.result?.['model']));
    expect(stored.lineage.data).toMatchObject({ profile: 'farm' });
  });

  it.each(agentNames)('of %s begins with what a model knows, which is then its parent', async (agent) => {
    const service = open();
    const parent = await models.get(agent);
    const request = { agent, episodes: 5, from: agent, name: 'child' };
    const run = await ended(service, await service.start(training(request)));
    expect(run).toMatchObject({ state: 'done', error: null });
    const child = await models.get(String(run.result?.['model']));
    const { lineage } = child.stored;
    expect(lineage).toMatchObject({ parent: parent.stored.id, reward: parent.stored.lineage.reward });
    expect(child.model).toMatchObject({ actions: parent.model.actions, settings: parent.model.settings });
    // So few steps are before a network's first update and within a search's first generation; a table grows.
    const known = parent.model.arrays;
    if (agent !== 'sarsa') expect(child.model.arrays).toEqual(known);
    else {
      const states = new Set(child.model.arrays['states']?.data);
      expect([...(known['states']?.data ?? [])].every((state) => states.has(state))).toBe(true);
    }
  });

  it('that begins with a model goes on with it in the next process', async () => {
    const first = open('autoscaler-1');
    const { id } = await first.start(training({ episodes: 100_000, from: 'sarsa' }));
    await until('it is at work', async () => (await first.get(id)).progress.done > 0, LONG_MS);
    await first.stop();
    const next = open('autoscaler-2');
    const before = (await next.get(id)).progress.done;
    await until('it is at work again', async () => (await next.get(id)).progress.done > before, LONG_MS);
    await next.cancel(id);
  });

  it('with several seeds keeps the best model of all', async () => {
    const service = open();
    const run = await ended(service, await service.start(training({ episodes: 5, seeds: 2, seed: 7 })));
    await expect(service.cancel(run.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(run).toMatchObject({ state: 'done', progress: { done: 10, total: 10 } });
    expect([7, 8]).toContain(run.result?.['agentSeed']);
  });

  it('that cannot go on fails with the reason', async () => {
    const service = open();
    const run = await ended(service, await service.start(training({ episodes: 5, live: true, dispatch: 'lanes' })));
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'UNAUTHORISED', message: expect.stringContaining('token') as string },
    });
  });
});

describe('playing', () => {
  it('evaluates a stored model as it was when it was asked for', async () => {
    const service = open();
    const trained = await ended(service, await service.start(training({ episodes: 5, name: 'mine' })));
    const model = String(trained.result?.['model']);
    await models.promote(model);
    const request = evaluateRequest.parse({ model: 'mine', workload: 'reference-as-coded', maxSteps: 5, seeds: 4 });
    const run = await ended(service, await service.start({ kind: 'evaluate', request }));
    expect(run.result).toMatchObject({
      policy: 'mine',
      seeds: 4,
      trainedOn: 'reference-as-coded',
      profile: 'reference',
    });
    expect(run.result?.['episodes']).toHaveLength(4);
    expect(run.progress).toEqual({ done: 4, total: 4 });
  });

  it('compares rules, shipped models and a bound on the same seeds', async () => {
    const service = open();
    const request = compareRequest.parse({
      ...{ policies: 'static-3..4,best,reactive-average@2', workload: 'reference-as-coded' },
      ...{ maxSteps: 5, seeds: 3 },
    });
    const run = await ended(service, await service.start({ kind: 'compare', request }));
    const rows = run.result?.['rows'] as { policy: string; seeds: number }[];
    expect(rows.map(({ policy, seeds }) => [policy, seeds])).toEqual([
      ['static-3', 3],
      ['static-4', 3],
      ['best', 3],
      ['reactive-average', 2],
    ]);
  });
});

describe('the queue', () => {
  it('does one run at a time, in order, and cancels what waits and what is at work', async () => {
    const service = open();
    const long = await service.start(training({ episodes: 100_000 }));
    const second = await service.start(training({ episodes: 5 }));
    await until('the first is at work', async () => (await service.get(long.id)).progress.done > 0, LONG_MS);
    expect(await service.get(second.id)).toMatchObject({ state: 'queued', because: null, startedAt: null });
    expect((await service.list()).map(({ id }) => id)).toEqual([second.id, long.id]);

    expect(await service.cancel(second.id)).toMatchObject({ state: 'cancelled' });
    await service.cancel(long.id);
    expect(await ended(service, long)).toMatchObject({ state: 'cancelled', result: null });
    expect(await service.cancel(long.id)).toMatchObject({ state: 'cancelled' });
    await expect(service.cancel('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const last = (await service.events(long.id, null)).at(-1);
    expect(last).toMatchObject({ kind: 'end', data: JSON.stringify({ state: 'cancelled' }) });
  });

  it('of two processes one does the runs, and a cancel through the other is heard', async () => {
    const one = open('one');
    const run = await one.start(training({ episodes: 100_000 }));
    await until('it is at work', async () => (await one.get(run.id)).progress.done > 0, LONG_MS);
    const other = open('other');
    expect(await other.get(run.id)).toMatchObject({ state: 'running' });
    await other.cancel(run.id);
    expect(await ended(other, run)).toMatchObject({ state: 'cancelled' });
  });

  it('refuses more than may wait', async () => {
    const service = open();
    const first = await service.start(training({ episodes: 100_000 }));
    await until('the first is at work', async () => (await service.get(first.id)).state === 'running', LONG_MS);
    for (let i = 0; i < 20; i += 1) await service.start(training({ episodes: 5 }));
    await expect(service.start(training({ episodes: 5 }))).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    for (const { id } of await service.list()) await service.cancel(id);
  });

  it('remembers the last hundred, with their events', async () => {
    const keys = runKeys(farm.config.farm);
    const store = new RunStore({ redis: farm.redis, keys });
    const service = open();
    const first = await ended(service, await service.start(training({ episodes: 1 })));
    await service.stop();
    const work = await store.work(first.id);
    for (let i = 0; i < 100; i += 1) {
      await store.add({ id: `later-${i}`, kind: 'train', request: {}, work, total: 1 });
      await store.cancel(`later-${i}`);
    }
    expect((await store.list()).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => `later-${99 - i}`));
    await expect(store.get(first.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await farm.redis.exists(keys.run(first.id), keys.events(first.id), keys.checkpoint(first.id))).toBe(0);
  });

  it('gives a run up whose process died three times', async () => {
    const keys = runKeys(farm.config.farm);
    const first = open('first');
    const { id } = await first.start(training({ episodes: 100_000 }));
    await first.stop();
    await farm.redis.hset(keys.run(id), 'attempts', 3);
    const run = await ended(open('next'), await first.get(id));
    expect(run).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('died 3 times') as string },
    });
  });

  it('tells who listens of each change', async () => {
    const service = open();
    const states: string[] = [];
    service.subscribe(({ id, state, progress }) => states.push(`${id} ${state} ${progress.done}`));
    const run = await service.start(training({ episodes: 5 }));
    await ended(service, run);
    await until('the last one', () => states.at(-1) === `${run.id} done 5`);
    expect(states[0]).toMatch(/ (queued|running) 0$/);
  });
});

describe('a request', () => {
  interface Refused {
    readonly what: string;
    readonly kind: RunKind;
    readonly request: object;
    readonly message: RegExp;
  }
  it.each<Refused>([
    {
      what: 'an unknown workload',
      kind: 'train',
      request: { agent: 'sarsa', workload: 'x' },
      message: /^workload: workload "x"/,
    },
    {
      what: 'a farm that has done too little',
      kind: 'train',
      request: { agent: 'sarsa', workload: 'recent' },
      message: /^workload: too little/,
    },
    {
      what: 'a workload that is none',
      kind: 'train',
      request: { agent: 'sarsa', workload: { name: 'x' } },
      message: /^workload: workload: arrivals: expected a list/,
    },
    {
      what: 'a model to begin with that there is not',
      kind: 'train',
      request: { agent: 'sarsa', from: 'nobody' },
      message: /^from: .*nobody/,
    },
    {
      what: 'a model of another agent to begin with',
      kind: 'train',
      request: { agent: 'dqn', from: 'sarsa' },
      message: /^from: model sha256-\w+ is of agent sarsa, .*; expected agent dqn/,
    },
    {
      what: 'a model with other actions',
      kind: 'train',
      request: { agent: 'sarsa', from: 'sarsa', actions: 'target' },
      message: /^from: model sha256-\w+ is of agent sarsa, actions one, .*; expected agent sarsa, actions target/,
    },
    {
      what: 'a model that was judged otherwise',
      kind: 'train',
      request: { agent: 'sarsa', from: 'sarsa', lateCost: 7.5 },
      message: /^from: model sha256-\w+: its steps were judged by cost-\d+, .* by cost-7.5; set lateCost/,
    },
    {
      what: 'settings that do not fit the model',
      kind: 'train',
      request: { agent: 'dqn', from: 'dqn', config: { hiddenLayers: [8] } },
      message: /^config: array /,
    },
    {
      what: 'bounds that cross',
      kind: 'train',
      request: { agent: 'sarsa', minWorkers: 9, maxWorkers: 4 },
      message: /^minWorkers: expected at most maxWorkers \(4\), got 9/,
    },
    {
      what: 'settings that contradict each other',
      kind: 'train',
      request: { agent: 'sarsa', config: { epsilonMin: 0.9 } },
      message: /^config.epsilonMin: expected at most epsilon, got 0.9/,
    },
    {
      what: 'a name that a rule has',
      kind: 'train',
      request: { agent: 'sarsa', name: 'static-3' },
      message: /^name: /,
    },
    { what: 'an unknown model', kind: 'evaluate', request: { model: 'nobody' }, message: /^model: policy "?nobody/ },
    {
      what: 'a range that goes nowhere',
      kind: 'compare',
      request: { policies: 'static-9..2' },
      message: /^policies: static-9/,
    },
    {
      what: 'an unknown policy',
      kind: 'compare',
      request: { policies: ['static-3', 'nobody'] },
      message: /^policies: /,
    },
    {
      what: 'another order than the live farm has',
      kind: 'evaluate',
      request: { model: 'static-3', live: true, dispatch: 'fifo' },
      message: /^dispatch: with live the farm dispatches/,
    },
  ])('is refused for $what, by the field', async ({ kind, request, message }) => {
    const asked = {
      train: () => ({ kind: 'train', request: trainRequest.parse(request) }) as const,
      evaluate: () => ({ kind: 'evaluate', request: evaluateRequest.parse(request) }) as const,
      compare: () => ({ kind: 'compare', request: compareRequest.parse(request) }) as const,
    }[kind]();
    await expect(open().start(asked)).rejects.toMatchObject({
      code: 'FIELD_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each(['../models/best', '/etc/passwd', '.', 'a/b', ''])('never takes a path for a name: %s', (model) => {
    expect(evaluateRequest.safeParse({ model }).success).toBe(false);
    expect(trainRequest.safeParse({ agent: 'sarsa', from: model }).success).toBe(false);
  });
});
