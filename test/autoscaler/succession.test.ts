import { isDeepStrictEqual } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { runKeys } from '#autoscaler/run/service/run-keys.ts';
import { openTestFarm, type TestFarm } from '../support/farm.ts';
import { until } from '../support/until.ts';
import { watch } from './support/event-client.ts';
import { startFakeGateway, type FakeGateway } from './support/fake-gateway.ts';
import { startHandler, type RunningHandler } from './support/running-handler.ts';

interface Status {
  readonly state: string;
  readonly leads: boolean;
  readonly episode: { readonly policy: string; readonly settings: Record<string, unknown> };
}

/** A decision, over HTTP. */
interface Told {
  readonly at: number;
  readonly step: number;
}

async function openFarm(): Promise<{ farm: TestFarm; gateway: FakeGateway }> {
  const farm = await openTestFarm();
  onTestFinished(() => farm.close());
  const gateway = await startFakeGateway({ replicas: 3 });
  onTestFinished(() => gateway.stop());
  return { farm, gateway };
}

const leading = (handler: RunningHandler): Promise<unknown> =>
  until('it leads', async () => (await handler.get<Status>('/status')).leads);

const keyOf = ({ config }: TestFarm): string => `{${config.farm}}:autoscaler:orders`;

/** What a successor is to go on with. */
async function controlOf(handler: RunningHandler): Promise<object> {
  const { state, episode } = await handler.get<Status>('/status');
  const { live, shadow } = await handler.get<{ live: { name: string }; shadow: { name: string } | null }>('/policy');
  const { stepDurationS, maxWorkers, policy } = episode.settings;
  return { state, live: live.name, shadow: shadow?.name ?? null, stepDurationS, maxWorkers, policy };
}

/** The one that leads is told, one by one, all that can be told. */
async function order(leader: RunningHandler): Promise<void> {
  const episode = { policy: 'static-3', initialWorkers: 3, stepDurationS: 9, maxWorkers: 9 };
  expect(await leader.send('POST', '/episodes', episode)).toMatchObject({ status: 201 });
  const policies = { live: 'static-4', shadow: 'erlang-c' };
  expect(await leader.send('PUT', '/policy', policies)).toMatchObject({ status: 200 });
  expect(await leader.send('POST', '/pause')).toEqual({ status: 200, body: { state: 'paused' } });
}

const ordered = {
  ...{ state: 'paused', live: 'static-4', shadow: 'erlang-c', policy: 'static-4' },
  ...{ stepDurationS: 9, maxWorkers: 9 },
};
const usual = {
  ...{ state: 'running', live: 'static-3', shadow: null, policy: 'static-3' },
  ...{ stepDurationS: 10, maxWorkers: 32 },
};

test('a successor goes on with what was set through HTTP, and may be told otherwise', async () => {
  const shared = await openFarm();
  const first = await startHandler({ ...shared, instance: 'autoscaler-1' });
  const second = await startHandler({ ...shared, instance: 'autoscaler-2' });
  await leading(first);
  await order(first);
  await until('the second keeps up', async () => isDeepStrictEqual(await controlOf(second), ordered));
  await first.stop();
  await leading(second);
  expect(await controlOf(second)).toEqual(ordered);

  expect(await second.send('POST', '/resume')).toMatchObject({ status: 200 });
  const third = await startHandler({ ...shared, instance: 'autoscaler-3' });
  expect(await controlOf(third)).toEqual({ ...ordered, state: 'running' });
});

test('so does the same function after a restart, until farm.yml’s control changes', async () => {
  const shared = await openFarm();
  const first = await startHandler({ ...shared, instance: 'autoscaler-1' });
  await leading(first);
  await order(first);
  await first.stop();

  const again = await startHandler({ ...shared, instance: 'autoscaler-2' });
  expect(await controlOf(again)).toEqual(ordered);
  await again.stop();

  const changed = await startHandler({ ...shared, instance: 'autoscaler-3', control: 'maxWorkers: 12' });
  expect(await controlOf(changed)).toEqual({ ...usual, maxWorkers: 12 });
});

test('an episode as farm.yml says ends what was set', async () => {
  const shared = await openFarm();
  const first = await startHandler({ ...shared, instance: 'autoscaler-1', control: 'initialWorkers: 3' });
  await leading(first);
  await order(first);
  expect(await first.send('PUT', '/policy', { shadow: null })).toMatchObject({ status: 200 });
  expect(await first.send('POST', '/episodes', {})).toMatchObject({ status: 201 });
  expect(await shared.farm.redis.exists(keyOf(shared.farm))).toBe(0);
  await first.stop();
  const again = await startHandler({ ...shared, instance: 'autoscaler-2', control: 'initialWorkers: 3' });
  expect(await controlOf(again)).toEqual(usual);
});

test('a pause that is not lasting ends with its process', async () => {
  const shared = await openFarm();
  const first = await startHandler({ ...shared, instance: 'autoscaler-1' });
  await leading(first);
  expect(await first.send('POST', '/pause', { lasting: false })).toMatchObject({ status: 200 });
  await first.stop();
  const again = await startHandler({ ...shared, instance: 'autoscaler-2' });
  expect(await controlOf(again)).toEqual(usual);
});

test('orders for a policy that is gone stop no autoscaler from starting', async () => {
  const shared = await openFarm();
  const first = await startHandler({ ...shared, instance: 'autoscaler-1' });
  await leading(first);
  await order(first);
  await first.stop();
  const key = keyOf(shared.farm);
  const kept = (await shared.farm.redis.get(key))!;
  await shared.farm.redis.set(key, kept.replace('static-4', 'gone'));
  const again = await startHandler({ ...shared, instance: 'autoscaler-2' });
  expect(await controlOf(again)).toEqual(usual);
});

test('who comes after others tells of their decisions as well', async () => {
  const shared = { ...(await openFarm()), stepDurationS: 0.1 };
  const decisions = async (handler: RunningHandler, limit: number): Promise<Told[]> =>
    (await handler.get<{ decisions: Told[] }>(`/decisions?limit=${limit}`)).decisions;
  const first = await startHandler({ ...shared, instance: 'autoscaler-1' });
  await until('a few decisions', async () => (await decisions(first, 5)).length === 5);
  await first.stop();
  const before = (await shared.farm.journal.list(1_000)) as Told[];

  const again = await startHandler({ ...shared, instance: 'autoscaler-2' });
  await until('decisions of its own', async () => (await decisions(again, 1))[0]!.at > before[0]!.at);
  const all = await decisions(again, 1_000);
  expect(all.slice(-before.length)).toEqual(before);
  const times = all.map(({ at }) => at);
  expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
});

test(
  'a run that another autoscaler does is followed, listed and cancelled through this one',
  { timeout: 90_000 },
  async () => {
    const shared = await openFarm();
    const one = await startHandler({ ...shared, instance: 'autoscaler-1' });
    const training = {
      ...{ agent: 'sarsa', workload: 'reference-as-coded', maxSteps: 5 },
      ...{ episodes: 400, evalEpisodes: 1, finalEpisodes: 1, checkpointEvery: 400 },
    };
    const { body } = await one.send('POST', '/train', training);
    const run = String(body['runId']);
    const state = async (): Promise<string> => (await one.get<{ state: string }>(`/runs/${run}`)).state;
    await until('it is done by the first', async () => (await state()) === 'running', 30_000);

    const other = await startHandler({ ...shared, instance: 'autoscaler-2' });
    const url = await other.app.listen({ port: 0, host: '127.0.0.1' });
    const page = await watch(`${url}/events`);
    const told = (id: string): unknown[] =>
      page.events.filter(({ event, data }) => event === 'run' && data['id'] === id).map(({ data }) => data['state']);
    const client = await watch(`${url}/runs/${run}/events`);
    await client.ended;
    const kinds = client.events.map(({ event }) => event);
    expect(kinds.slice(0, -1)).not.toEqual([]);
    expect(new Set(kinds.slice(0, -1))).toEqual(new Set(['progress']));
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { state: 'done' } });
    expect(client.events.at(-2)).toMatchObject({ data: { done: 400, total: 400 } });
    const holder = await shared.farm.redis.hget(runKeys(shared.farm.config.farm).lease, 'holder');
    expect(holder).toBe('autoscaler-1');
    await until('the page hears of its end', () => told(run).at(-1) === 'done');

    const endless = await other.send('POST', '/train', { ...training, episodes: 100_000 });
    const second = String(endless.body['runId']);
    await until('the page hears that it is at work', () => told(second).at(-1) === 'running', 30_000);
    expect(await one.get('/runs')).toMatchObject({ runs: [{ id: second }, { id: run, state: 'done' }] });
    expect(await other.send('DELETE', `/runs/${second}`)).toMatchObject({ status: 200 });
    await until('the page hears of its end', () => told(second).at(-1) === 'cancelled');
    expect(await one.get(`/runs/${second}`)).toMatchObject({ state: 'cancelled' });
  },
);
