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

  it('counts only the time of the kind itself as service', async () => {
    const outcome = await workOf(async (_task, context) => context.clock.sleep(30))(claimOf(), never);
    expect(outcome.serviceMs).toBeGreaterThan(28);
    expect(outcome.serviceMs).toBeLessThan(5_000);
  });
});
