import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import { openMemoryFarm, type MemoryFarm } from '#shared/queue/memory-farm.ts';
import type { TakenPhase } from '#shared/queue/task-inbox.ts';
import { Emitter, type EmitterOptions } from '../../../functions/emitter/emitter.ts';
import { message } from '../../contract/queue.ts';

let clock: VirtualClock;
let farm: MemoryFarm;
let rings: number;
const doorbell: Doorbell = { wait: async () => undefined, close: async () => undefined };
const never = new AbortController().signal;
beforeEach(async () => {
  clock = new VirtualClock();
  farm = openMemoryFarm({
    clock,
    rule: { leaseMs: 5_000, maxAttempts: 3 },
    dispatch: { dispatch: 'fifo', lateEvery: 32 },
  });
  rings = 0;
  await farm.inbox.submit([{ kind: 'phase', id: 'r/0', phase: { run: 'r', index: 0, name: 'p' } }, message('a')]);
});
afterEach(() => clock.advance(1_000_000));

function emitter(emitPhase: EmitterOptions['emitPhase'], inbox: Partial<MemoryFarm['inbox']> = {}): Emitter {
  const ring = async (): Promise<void> => void (rings += 1);
  const { source } = farm;
  const given = Object.assign(farm.inbox, inbox);
  return new Emitter({ inbox: given, source, doorbell, clock, log: silentLogger, ring, emitPhase });
}
const stateOf = async (id: string): Promise<string> => (await farm.archive.find(id)).state;

it('goes on with the next message as soon as the run of a phase that is silent for long is stopped', async () => {
  const phases: string[] = [];
  const silent = emitter(async ({ id }, signal) => {
    phases.push(id);
    await clock.sleep(600_000, signal);
  });
  await silent.turn(never);
  expect([silent.emitting, await stateOf('a')]).toEqual([true, 'input']);
  await silent.abandon('another run');
  expect([silent.emitting, rings]).toEqual([true, 0]);
  await farm.inbox.stopRun('r');
  await silent.abandon('r');
  expect([silent.emitting, rings]).toEqual([false, 1]);
  await silent.turn(never);
  expect([phases, await stateOf('a')]).toEqual([['r/0'], 'waiting']);
});

it('takes a phase up again that broke off, also where it cannot be looked for at first', async () => {
  const begun: TakenPhase[] = [];
  const failing = emitter(async (taken) => {
    begun.push(taken);
    if (begun.length === 1) throw new Error('LOADING Redis is loading the dataset in memory');
  });
  await failing.turn(never);
  const recover = farm.inbox.recover.bind(farm.inbox);
  farm.inbox.recover = () => Promise.reject(new Error('LOADING Redis is loading the dataset in memory'));
  await clock.advance(1_000);
  await expect(failing.turn(never)).rejects.toThrow('LOADING');
  farm.inbox.recover = recover;
  await failing.turn(never);
  expect(begun.map(({ id }) => id)).toEqual(['r/0', 'r/0']);
});
