import { expect, onTestFinished, test } from 'vitest';
import { ThreadAdviser } from '#autoscaler/loop/thread-adviser.ts';
import { createLearner } from '#autoscaler/learn/agents.ts';
import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import { SystemClock } from '#shared/clock.ts';
import { parseConfig } from '#shared/config.ts';
import { createLogger, silentLogger, type Logger } from '#shared/log.ts';
import { Sfc32 } from '#shared/rng.ts';
import { until } from '../../support/until.ts';
import { seen } from '../support/sightings.ts';

const clock = new SystemClock();
const { agents: settings } = parseConfig('', { file: 'farm.yml', environment: {} });
const actions = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;

async function savedModel(agent: string): Promise<SavedModel> {
  return (await createLearner(agent, { settings, actions, rng: new Sfc32(1) })).save({ resumable: false });
}

interface StartOptions {
  readonly module?: URL;
  readonly withinMs?: number;
  readonly log?: Logger;
}

async function start(model: SavedModel, options: StartOptions = {}): Promise<ThreadAdviser> {
  const adviser = await ThreadAdviser.start({
    ...{ name: 'own', id: 'sha256-own', model, withinMs: 10_000, clock, log: silentLogger },
    ...options,
  });
  onTestFinished(() => adviser.stop());
  return adviser;
}

const faulty = new URL('../support/hanging-policy-thread.ts', import.meta.url);

test.each(['sarsa', 'dqn', 'cem'])('decides as %s does in this thread', async (agent) => {
  const options = { settings, actions, rng: new Sfc32(1) };
  const learner = await createLearner(agent, options);
  const adviser = await start(learner.save({ resumable: false }));
  expect(adviser.model).toBe('sha256-own');
  for (const workers of [1, 12, 32]) {
    const look = seen({ workers, waiting: 9, rate: 5 });
    expect(await adviser.ask(look)).toEqual({ kind: 'decided', decision: learner.decide(look) });
  }
});

test('a model that is none is refused at once', async () => {
  const model = await savedModel('sarsa');
  await expect(start({ ...model, agent: 'oracle' })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});

test('an endless loop costs one deadline; then a fresh thread takes its place', async () => {
  const adviser = await start(await savedModel('sarsa'), { module: faulty, withinMs: 150 });
  await until('it decides', async () => (await adviser.ask(seen({ workers: 5 }))).kind === 'decided');
  const startMs = clock.monotonic();
  expect(await adviser.ask(seen({ workers: 1 }))).toEqual({
    ...{ kind: 'failed', fault: 'timeout' },
    because: 'the policy did not answer within 150 ms',
  });
  expect(clock.monotonic() - startMs).toBeLessThan(20_000);
  expect(await adviser.ask(seen({ workers: 5 }))).toMatchObject({
    fault: 'timeout',
    because: "the policy's thread is being replaced",
  });
  await until('the fresh thread decides', async () => (await adviser.ask(seen({ workers: 5 }))).kind === 'decided');
});

test.each([
  ['throws', 2, 'exception', 'the policy failed: no such neuron'],
  ['answers NaN', 3, 'invalid', 'the policy asked for NaN workers: expected a whole number, 0 or more'],
  ['ends', 4, 'exception', 'the policy failed: its thread ended with exit code 7'],
])('a policy that %s is a failure and no more', async (_case, workers, fault, because) => {
  const adviser = await start(await savedModel('sarsa'), { module: faulty });
  expect(await adviser.ask(seen({ workers }))).toEqual({ kind: 'failed', fault, because });
  await until('it decides again', async () => (await adviser.ask(seen({ workers: 5 }))).kind === 'decided');
});

test('a thread that fails between two questions is replaced, and ends nobody else', async () => {
  const lines: string[] = [];
  const log = createLogger({ fn: 'autoscaler', level: 'info', write: (line) => lines.push(line) });
  const adviser = await start(await savedModel('sarsa'), { module: faulty, log });
  expect(await adviser.ask(seen({ workers: 6 }))).toMatchObject({ kind: 'decided' });
  const channel = new BroadcastChannel('fail');
  onTestFinished(() => channel.close());
  channel.postMessage('now');
  await until('it is replaced', () => lines.some((line) => line.includes('too late to matter')));
  await until('it decides again', async () => (await adviser.ask(seen({ workers: 5 }))).kind === 'decided');
  expect(lines).toHaveLength(1);
});

test('whoever waits for its answer while it is stopped gets it', async () => {
  const adviser = await start(await savedModel('sarsa'));
  const asked = adviser.ask(seen({ workers: 5 }));
  await adviser.stop();
  expect(await asked).toMatchObject({ kind: 'decided' });
});

test('one that hangs again and again is given up', { timeout: 60_000 }, async () => {
  const adviser = await start(await savedModel('sarsa'), { module: faulty, withinMs: 150 });
  await until(
    'it is given up',
    async () => {
      const answer = await adviser.ask(seen({ workers: 1 }));
      return answer.kind === 'failed' && answer.because.includes('is given up');
    },
    45_000,
  );
  expect(await adviser.ask(seen({ workers: 5 }))).toMatchObject({ kind: 'failed', fault: 'timeout' });
});
