import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sfc32 } from '#shared/rng.ts';
import type { TaskRecord } from '#shared/task.ts';
import { assemble } from '../../scripts/assemble.ts';
import { FunctionProcess } from '../template/function-process.ts';
import { clock, openTestFarm, type TestFarm } from '../support/farm.ts';
import { until } from '../support/until.ts';

/**
 * The delivery promise on real processes: whatever is killed, every accepted task ends as one record. Leases are short, so
 * that nobody but the queue itself brings the tasks back.
 */
const root = join(import.meta.dirname, '../..');
const token = 'test-token';

let farm: TestFarm;
let secrets: string;
let running: FunctionProcess[];

beforeAll(() => {
  assemble({ root, functions: ['emitter', 'worker', 'collector'] });
});
beforeEach(async () => {
  farm = await openTestFarm();
  secrets = mkdtempSync(join(tmpdir(), 'farmhand-secrets-'));
  writeFileSync(join(secrets, 'redis-url'), farm.url);
  writeFileSync(join(secrets, 'farm-token'), token);
  running = [];
});
afterEach(async () => {
  for (const fn of running) fn.child.kill('SIGKILL');
  await Promise.all(running.map((fn) => fn.ended));
  await farm.close();
  rmSync(secrets, { recursive: true });
});

function start(fn: 'emitter' | 'worker' | 'collector'): FunctionProcess {
  const made = new FunctionProcess(join(root, 'build', fn), {
    FARM_SECRETS_DIR: secrets,
    FARM_FARM: farm.config.farm,
    FARM_FUNCTION: fn,
    FARM_LOGLEVEL: 'warn',
    FARM_QUEUE_LEASES: '1',
    FARM_QUEUE_MAXATTEMPTS: '50',
    NODE_COMPILE_CACHE: join(root, '.farmhand', 'compile-cache'),
  });
  running.push(made);
  return made;
}

const authorised = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

async function post(fn: FunctionProcess, path: string, body: unknown): Promise<Record<string, unknown>> {
  await until('the function is ready', async () => (await fn.request('/_/ready')).status === 200);
  const answer = await fn.request(path, { method: 'POST', headers: authorised, body: JSON.stringify(body) });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body as Record<string, unknown>;
}

/** About 60 tasks of some 40 ms in 3 s. */
const shortRun = {
  name: 'short',
  kind: 'calibrated',
  control: { stepDurationS: 1, observationWindowS: 2, initialWorkers: 2, maxSteps: 10 },
  arrivals: [
    { name: 'one', durationS: 1.5, rate: { pattern: 'steady', perS: 20 } },
    { name: 'two', durationS: 1.5, rate: { pattern: 'steady', perS: 20 } },
  ],
  emission: 'poisson',
  service: { meanS: 0.04, shape: 4, minSizePx: 512, maxSizePx: 4096, model: { a: 1.7e-8, b: 0.0001 } },
};

async function expectEveryTaskOnce(run: string, total: number): Promise<readonly TaskRecord[]> {
  await until(
    'every task is collected',
    async () => (await farm.archive.records({ offset: 0, limit: 1 })).total >= total,
  );
  const { records } = await farm.archive.records({ offset: 0, limit: 10_000 });
  const expected = Array.from({ length: total }, (_, i) => `${run}-${i}`);
  expect(records.map(({ id }) => id).sort()).toEqual(expected.sort());
  const reading = await farm.observer.read(1_000);
  expect(reading).toMatchObject({ waiting: 0, inFlight: 0, result: 0, deadLetters: 0 });
  return records;
}

describe('killed processes', () => {
  it('workers: a run with random SIGKILLs loses nothing and repeats no output', async () => {
    const rng = new Sfc32(7);
    const emitter = start('emitter');
    start('collector');
    let workers = [start('worker'), start('worker'), start('worker')];
    const { run, total } = (await post(emitter, '/runs', { workload: shortRun })) as { run: string; total: number };
    for (let kills = 0; kills < 6; kills += 1) {
      await clock.sleep(100 + rng.int(300));
      const victim = workers[rng.int(workers.length)]!;
      victim.child.kill('SIGKILL');
      workers = [...workers.filter((worker) => worker !== victim), start('worker')];
    }
    await expectEveryTaskOnce(run, total);
  });

  it('the emitter in mid-phase: its successor goes on where it died', async () => {
    const first = start('emitter');
    start('collector');
    start('worker');
    const { run, total } = (await post(first, '/runs', { workload: shortRun })) as { run: string; total: number };
    await until('it emits', async () => Number(await farm.redis.hget(farm.keys.progress, run)) > 5);
    first.child.kill('SIGKILL');
    await first.ended;
    start('emitter');
    await expectEveryTaskOnce(run, total);
  });

  it('the collector again and again', async () => {
    const emitter = start('emitter');
    let collector = start('collector');
    start('worker');
    const { run, total } = (await post(emitter, '/runs', { workload: shortRun })) as { run: string; total: number };
    for (let kills = 0; kills < 4; kills += 1) {
      const before = (await farm.archive.records({ offset: 0, limit: 1 })).total;
      // On a slow machine everything has been emitted before the next collector is up, which then collects all of it.
      if (before === total) break;
      await until('it collects', async () => (await farm.archive.records({ offset: 0, limit: 1 })).total > before);
      collector.child.kill('SIGKILL');
      collector = start('collector');
    }
    await expectEveryTaskOnce(run, total);
  });
});

describe('terminate', () => {
  it.each(['emitter', 'collector'] as const)('is ACKed by the %s, also in mid-phase', async (role) => {
    const emitter = start('emitter');
    const collector = start('collector');
    start('worker');
    const { run, total } = (await post(emitter, '/runs', { workload: shortRun })) as { run: string; total: number };
    await until('it emits', async () => Number(await farm.redis.hget(farm.keys.progress, run)) > 5);
    await until('the collector is there', async () =>
      (await farm.roster.members()).some((m) => m.role === 'collector'),
    );
    const order = { order: 'end', type: 'terminate', role, count: 1, timeoutMs: 60_000 } as const;
    expect(await farm.roster.request(order)).toHaveLength(1);
    expect(await farm.roster.nextAck('end', 30_000)).toMatchObject({ state: 'stopped' });
    const asked = role === 'emitter' ? emitter : collector;
    expect((await asked.request('/_/ready')).status).toBe(503);
    await farm.roster.withdraw('end');
    expect(await farm.roster.nextAck('end', 30_000)).toMatchObject({ state: 'resumed' });
    await expectEveryTaskOnce(run, total);
  });
});

describe('over HTTP', () => {
  const cases = [
    { name: 'a run without the token', path: '/runs', body: '{"workload":"quick"}', token: false, status: 401 },
    { name: 'an unknown workload', path: '/runs', body: '{"workload":"nonsense"}', token: true, status: 422 },
    { name: 'malformed JSON', path: '/tasks', body: '{"kind":', token: true, status: 400 },
    { name: 'a task without a kind', path: '/tasks', body: '{}', token: true, status: 422 },
    { name: 'a bad id', path: '/tasks', body: '{"kind":"calibrated","id":"a b"}', token: true, status: 422 },
    {
      name: 'an oversized payload',
      path: '/tasks',
      body: JSON.stringify({ kind: 'x', payload: 'y'.repeat(300_000) }),
      token: true,
      status: 413,
    },
    { name: 'a folder that is not allowed', path: '/folders', body: '{"path":"/etc"}', token: true, status: 400 },
    { name: 'a run that is not there', path: '/runs/nobody', body: null, token: true, status: 404 },
  ];

  it('refuses what is wrong, with a code and a sentence, and works on', async () => {
    const emitter = start('emitter');
    await post(emitter, '/tasks', { kind: 'calibrated', id: 'first' });
    for (const { name, path, body, token: withToken, status } of cases) {
      const headers = withToken ? authorised : { 'content-type': 'application/json' };
      const answer = await emitter.request(path, body === null ? {} : { method: 'POST', headers, body });
      expect(answer.status, name).toBe(status);
      const { error } = answer.body as { error: { code: string; message: string } };
      expect(error.message.length, name).toBeGreaterThan(10);
    }
    const { accepted } = await post(emitter, '/tasks', [{ kind: 'calibrated', id: 'mine' }, { kind: 'calibrated' }]);
    expect(accepted).toHaveLength(2);
    const again = await post(emitter, '/tasks', { kind: 'calibrated', id: 'mine' });
    expect(again).toMatchObject({ accepted: [], duplicates: ['mine'] });
  });
});
