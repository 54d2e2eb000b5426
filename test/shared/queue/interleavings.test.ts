import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '#shared/config.ts';
import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import { openRedisFarm } from '#shared/queue/redis-farm.ts';
import { Sfc32 } from '#shared/rng.ts';
import { redisOnClock } from '../../support/redis-on-clock.ts';
import { testRedis } from '../../support/redis.ts';
import { explore } from './interleavings/explore.ts';
import { tellMove, type Move } from './interleavings/move.ts';
import { mutants } from './interleavings/mutants.ts';
import { rule, type Happening, type ModelQueue, type OpenQueue, type Scope } from './interleavings/scope.ts';
import { World } from './interleavings/world.ts';

/** docs/queue-model.md has these with the states that each has. */
const nothing: Record<Happening, number> = {
  ...{ pass: 0, loss: 0, crash: 0, suspicion: 0, release: 0, beat: 0, straggler: 0, recommit: 0 },
};
const scopes: readonly (Scope & { readonly leastStates: number })[] = [
  {
    name: 'two workers and a task that fails, crashes, lost replies',
    ...{ workers: 2, tasks: 1, most: 1, failures: ['retry', 'bury'], leastStates: 4_000 },
    budget: { ...nothing, pass: 3, loss: 2, crash: 1, recommit: 1 },
  },
  {
    name: 'two workers and a task, with releases, beats and a wrong suspicion',
    ...{ workers: 2, tasks: 1, most: 1, failures: [], leastStates: 4_000 },
    budget: { ...nothing, pass: 4, loss: 1, release: 1, beat: 1, suspicion: 1 },
  },
  {
    name: 'three workers and a task, zombies',
    ...{ workers: 3, tasks: 1, most: 1, failures: [], leastStates: 400 },
    budget: { ...nothing, pass: 4, loss: 1 },
  },
  {
    name: 'two workers and two tasks',
    ...{ workers: 2, tasks: 2, most: 1, failures: [], leastStates: 5_000 },
    budget: { ...nothing, pass: 2, loss: 1, crash: 1 },
  },
  {
    name: 'two workers and two tasks in batches',
    ...{ workers: 2, tasks: 2, most: 2, failures: ['retry'], leastStates: 3_500 },
    budget: { ...nothing, pass: 2, loss: 1, release: 1 },
  },
  {
    name: 'two workers and a task, an old request that comes late',
    ...{ workers: 2, tasks: 1, most: 1, failures: ['retry'], leastStates: 2_500 },
    budget: { ...nothing, pass: 2, loss: 1, straggler: 1 },
  },
];

const openMemory: OpenQueue = (clock) => openMemoryFarm({ clock, rule, dispatch: { dispatch: 'fifo', lateEvery: 20 } });

/** Histories of each scope that are played on Redis, too. */
const SAMPLE = 30;

describe('every interleaving of a small farm', () => {
  it.each(scopes)(
    '$name: one end for each task, on memory; and the scripts answer alike',
    async ({ leastStates, ...scope }) => {
      const { states, histories } = await explore(scope, openMemory);
      expect(states).toBeGreaterThan(leastStates);
      const rng = new Sfc32(4);
      for (let i = 0; i < SAMPLE; i += 1) {
        const history = histories[rng.int(histories.length)] ?? [];
        const redis = await openRedis();
        try {
          const told = await tell(scope, redis.open, history);
          expect(told).toEqual(await tell(scope, openMemory, history));
        } finally {
          await redis.close();
        }
      }
    },
    60_000,
  );

  const little: Scope = {
    name: 'a little of much',
    ...{ workers: 2, tasks: 1, most: 1, failures: ['retry'] },
    budget: { ...nothing, pass: 2, loss: 1, release: 1 },
  };

  it.each(mutants)('catches a queue $name', async ({ open, caught }) => {
    await expect(explore(little, open)).rejects.toThrow(caught);
  });

  it('lets the queue itself pass where its mutants are caught', async () => {
    expect((await explore(little, openMemory)).states).toBeGreaterThan(350);
  });
});

/** What everybody sees in the course of a history, and how it settles. */
async function tell(scope: Scope, open: OpenQueue, history: readonly Move[]): Promise<string[]> {
  const world = await World.begin(scope, open);
  const told: string[] = [];
  for (const move of history) told.push(`${tellMove(move)}: ${await world.make(move)}`);
  return [...told, await world.settle()];
}

/** A farm on Redis whose scripts see the model's clock. */
async function openRedis(): Promise<{ open: OpenQueue; close: () => Promise<void> }> {
  const server = await testRedis();
  const connection = new Redis(server.url);
  const { leaseMs, maxAttempts } = rule;
  const queue = `{leaseS: ${leaseMs / 1000}, maxAttempts: ${maxAttempts}, dispatch: fifo}`;
  const config = parseConfig(`{farm: ${server.prefix}, queue: ${queue}}`, { file: 'test', environment: {} });
  return {
    open: (clock): ModelQueue =>
      openRedisFarm({ redis: redisOnClock(connection, clock, config.farm), config, client: 'model' }),
    async close() {
      connection.disconnect();
      await server.close();
    },
  };
}
