import { describe, expect, test } from 'vitest';
import { SECOND, VirtualClock } from '#shared/clock.ts';
import { authorised, startTestHttp } from '../support/http.ts';
import { watch, type EventClient } from '../support/event-client.ts';
import { until } from '../../support/until.ts';

const kinds = ({ events }: EventClient): string[] => events.map(({ event }) => event);

describe('GET /events', () => {
  test('first how it stands, then observations, decisions and switches as they happen', async () => {
    const { url, autoscaler } = await startTestHttp();
    const client = await watch(`${url}/events`);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    await until('decisions', () => kinds(client).filter((kind) => kind === 'decision').length >= 2);
    expect(kinds(client).slice(0, 1)).toEqual(['policy']);
    expect(client.events.find(({ event }) => event === 'observation')?.data).toMatchObject({
      observation: { workers: expect.any(Number) as number },
      values: expect.any(Array) as number[],
      workers: { granted: expect.any(Number) as number },
    });
    await autoscaler.setPolicy({ live: 'static-3' });
    const switched = await until('the switch', () =>
      client.events.find(
        ({ event, data }) => event === 'policy' && (data['live'] as { name: string }).name === 'static-3',
      ),
    );
    expect(switched.data).toMatchObject({ safe: expect.any(String) as string, fallback: { active: false } });
  });

  test('a client that comes again with Last-Event-ID misses nothing and sees nothing twice', async () => {
    const { url } = await startTestHttp();
    const first = await watch(`${url}/events`);
    await until('some', () => first.events.length > 6);
    first.close();
    await first.ended;
    const seen = first.events.map(({ id }) => id);
    const second = await watch(`${url}/events`, seen.at(-1));
    await until('more', () => second.events.length > 6);
    const numbers = [...new Set([...seen, ...second.events.map(({ id }) => id)])].map((id) =>
      Number(id.split('-').at(-1)),
    );
    const begun = numbers.slice(1);
    expect(begun).toEqual(begun.map((_, index) => (begun[0] ?? 0) + index));
    expect(second.events.some(({ id }) => seen.includes(id))).toBe(false);
  });

  test('an id of an earlier process gives how it stands', async () => {
    const { url } = await startTestHttp();
    const client = await watch(`${url}/events`, 'another-1');
    await until('the state', () => client.events.length >= 1);
    expect(client.events[0]?.event).toBe('policy');
  });

  test('a silent stream is kept open by comments', async () => {
    const clock = new VirtualClock();
    const { url } = await startTestHttp({ clock, stepDurationS: 3_600 });
    const client = await watch(`${url}/events`);
    await clock.advance(31 * SECOND);
    await until('two comments', () => client.comments.length === 2);
  });

  test('more than fifty clients are refused, until one goes', async () => {
    const { url } = await startTestHttp();
    const clients = await Promise.all(Array.from({ length: 50 }, () => watch(`${url}/events`)));
    const refused = await watch(`${url}/events`);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
    clients[0]?.close();
    const admitted = await until('a place', async () => {
      const client = await watch(`${url}/events`);
      return client.status === 200 ? client : null;
    });
    expect(admitted.status).toBe(200);
  });

  test('all streams end when the function stops, and none begins', async () => {
    const { url, http } = await startTestHttp();
    const client = await watch(`${url}/events`);
    http.close();
    await client.ended;
    expect((await watch(`${url}/events`)).status).toBe(503);
  });
});

describe('GET /runs/:id/events', () => {
  const training = { agent: 'sarsa', workload: 'reference-as-coded', maxSteps: 4, evalEpisodes: 1, finalEpisodes: 1 };
  async function start(url: string, request: object): Promise<string> {
    const response = await fetch(`${url}/train`, {
      method: 'POST',
      headers: { ...authorised, 'content-type': 'application/json' },
      body: JSON.stringify({ ...training, ...request }),
    });
    return ((await response.json()) as { runId: string }).runId;
  }

  test('progress with points of the curve, then the end; and 204 for whoever saw it', async () => {
    const { url } = await startTestHttp();
    const run = await start(url, { episodes: 4 });
    const client = await watch(`${url}/runs/${run}/events`);
    await client.ended;
    expect(kinds(client)).toEqual(['progress', 'progress', 'progress', 'progress', 'end']);
    expect(client.events[3]?.data).toMatchObject({ done: 4, total: 4, point: { episode: 4, training: 0 } });
    expect(client.events[4]?.data).toMatchObject({
      state: 'done',
      result: { model: expect.stringMatching(/^sha256-/) as string },
    });
    const again = await watch(`${url}/runs/${run}/events`, client.events[1]?.id);
    await again.ended;
    expect(kinds(again)).toEqual(['progress', 'progress', 'end']);
    expect((await watch(`${url}/runs/${run}/events`, client.events[4]?.id)).status).toBe(204);
  });

  test('a cancelled run’s stream ends, and the page’s hears of it', async () => {
    const { url } = await startTestHttp();
    const page = await watch(`${url}/events`);
    const run = await start(url, { episodes: 100_000 });
    const client = await watch(`${url}/runs/${run}/events`);
    await until('progress', () => client.events.length > 0);
    await fetch(`${url}/runs/${run}`, { method: 'DELETE', headers: authorised });
    await client.ended;
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { state: 'cancelled' } });
    await until('the page hears of it', () =>
      page.events.some(({ event, data }) => event === 'run' && data['id'] === run && data['state'] === 'cancelled'),
    );
  });

  test('404 for a run that there is not', async () => {
    const { url } = await startTestHttp();
    expect((await watch(`${url}/runs/nobody/events`)).status).toBe(404);
  });
});
