import { describe, expect, it } from 'vitest';
import { SystemClock } from '#shared/clock.ts';
import { silentLogger } from '#shared/log.ts';
import type { Claim } from '#shared/task.ts';
import { createCatalogue } from '../../../functions/worker/kinds/catalogue.ts';
import { PermanentError, type TaskKind } from '../../../functions/worker/kinds/kind.ts';
import { workWith, type Work } from '../../../functions/worker/work.ts';
import { task } from '../../contract/queue.ts';

const clock = new SystemClock();

function workOf(run: TaskKind['run'], maxTaskMs = 10_000): Work {
  return workWith({
    kinds: createCatalogue({ own: async () => ({ name: 'own', run }) }),
    clock,
    maxTaskMs,
    heartbeat: { held: () => undefined, free: () => undefined },
    lend: (_claim, signal) => ({
      clock,
      signal,
      log: silentLogger,
      blob: () => Promise.resolve(Buffer.alloc(0)),
      putOutput: () => Promise.resolve('x'),
    }),
  });
}

function claimOf(more: Partial<Claim['task']> = {}): Claim {
  const queued = { ...task('a', { kind: 'own' }), generatedAt: 0, deadlineAt: 1, latestStart: 1, attempts: 0, ...more };
  return { task: queued, epoch: 1, claimedAt: 0, leaseExpiresAt: 1 };
}

const never = new AbortController().signal;

/** Listeners of a signal, and signals that follow it: Node keeps them in its own sets and maps under symbols of the signal. */
function keptBy(signal: AbortSignal): number {
  return Object.getOwnPropertySymbols(signal)
    .map((symbol) => Reflect.get(signal, symbol) as { size?: unknown } | null | undefined)
    .reduce((sum, kept) => sum + (typeof kept?.size === 'number' ? kept.size : 0), 0);
}

describe('workWith', () => {
  it.each([
    { name: 'a value', run: async () => ({ n: 1 }), outcome: { kind: 'done', value: { n: 1 } } },
    {
      name: 'a permanent error',
      run: () => Promise.reject(new PermanentError('not an image')),
      outcome: { kind: 'failed', error: 'not an image', retry: false },
    },
    {
      name: 'any other error, which may pass',
      run: () => Promise.reject(new Error('busy')),
      outcome: { kind: 'failed', error: 'busy', retry: true },
    },
    {
      name: 'a thrown string',
      run: async () => {
        await Promise.resolve();
        // Users' kinds throw what they like.
        const thrown: unknown = 'plain text';
        throw thrown;
      },
      outcome: { kind: 'failed', error: 'plain text', retry: true },
    },
  ])('turns $name into an outcome', async ({ run, outcome }) => {
    expect(await workOf(run)(claimOf(), never)).toMatchObject(outcome);
  });

  it('fails an unknown kind for good, and a task that came with a fault', async () => {
    const work = workOf(async () => 1);
    expect(await work(claimOf({ kind: 'nonsense' }), never)).toMatchObject({ kind: 'failed', retry: false });
    expect(await work(claimOf({ fault: 'too large' }), never)).toMatchObject({ error: 'too large', retry: false });
  });

  it('aborts a task that takes too long, and may try it again', async () => {
    const work = workOf(
      (_task, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      20,
    );
    expect(await work(claimOf(), never)).toMatchObject({
      kind: 'failed',
      retry: true,
      error: expect.stringContaining('maxTaskS') as string,
    });
  });

  it('leaves nothing attached to the signal that outlives its tasks', async () => {
    const { signal } = new AbortController();
    const work = workOf(async (_task, context) => context.clock.sleep(0, context.signal));
    for (let n = 0; n < 20; n += 1) await work(claimOf(), signal);
    expect(keptBy(signal)).toBe(0);
  });

  it.each([
    { name: 'before its task begins', early: true },
    { name: 'while its task is in work', early: false },
  ])('gives up when the worker does, $name', async ({ early }) => {
    const giveUp = new AbortController();
    if (early) giveUp.abort();
    const work = workOf(async (_task, { signal }) => {
      giveUp.abort();
      await clock.sleep(60_000, signal);
      signal.throwIfAborted();
    });
    expect(await work(claimOf(), giveUp.signal)).toMatchObject({ kind: 'failed', retry: true });
  });

  it('counts only the time of the kind itself as service', async () => {
    const outcome = await workOf(async (_task, context) => context.clock.sleep(30))(claimOf(), never);
    expect(outcome.serviceMs).toBeGreaterThan(28);
    expect(outcome.serviceMs).toBeLessThan(5_000);
  });
});
