import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { VirtualClock } from '#shared/clock.ts';
import type { Doorbell } from '#shared/queue/doorbell.ts';
import { openMemoryFarm } from '#shared/queue/memory-farm.ts';
import { collect } from '../../../functions/collector/collect.ts';
import { claimed, enqueue } from '../../contract/queue.ts';

const never = new AbortController().signal;
const doorbell: Doorbell = { wait: async () => undefined, close: async () => undefined };

it('records nothing of a batch that could not be delivered, and repeats it when no delivery is under way any more', async () => {
  const farm = openMemoryFarm({
    clock: new VirtualClock(),
    rule: { leaseMs: 5_000, maxAttempts: 3 },
    dispatch: { dispatch: 'fifo', lateEvery: 32 },
  });
  await enqueue(farm, 'fails', 'lasts');
  for (const worker of ['v', 'w']) {
    const claim = claimed(await farm.source.claim({ worker, sequence: 1 }));
    const outcome = { kind: 'done', value: 1, serviceMs: 1 } as const;
    await farm.source.finish({ worker, sequence: 2, ended: [{ claim, outcome }], most: 0 });
  }
  const lasting = Promise.withResolvers<undefined>();
  const delivered: string[] = [];
  let failures = 1;
  const turn = (): Promise<void> =>
    collect(
      {
        ...{ sink: farm.sink, source: farm.source, doorbell, onCollected: () => undefined },
        async deliver({ id }) {
          if (id === 'fails' && failures-- > 0) throw new Error('LOADING');
          if (id === 'lasts') await lasting.promise;
          delivered.push(id);
        },
      },
      never,
    );
  const first = turn().catch((thrown: unknown) => [String(thrown), ...delivered]);
  // Whatever can happen has happened: nothing here waits for anything but memory.
  await setImmediate();
  lasting.resolve(undefined);
  expect(await first).toEqual(['Error: LOADING', 'lasts']);
  expect((await farm.archive.find('lasts')).state).toBe('finished');
  await turn();
  expect(delivered).toEqual(['lasts', 'fails', 'lasts']);
  expect((await farm.archive.records({ offset: 0, limit: 9 })).total).toBe(2);
});
