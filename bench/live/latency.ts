import type { Clock } from '#shared/clock.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { FarmClient } from './farm-client.ts';
import { quantile } from './statistics.ts';

/** Far enough apart that each task meets an idle farm. */
const APART_MS = 40;

/**
 * From acceptance to a worker's claim, both on Redis TIME, of single tasks that arrive at an idle farm: emitter, lane and the
 * worker's wake-up included. p99 in ms.
 */
export async function measureEnqueueToStart(options: {
  farm: FarmClient;
  archive: Archive;
  clock: Clock;
  tasks: number;
}): Promise<number> {
  const { farm, archive, clock, tasks } = options;
  const ids: string[] = [];
  for (let i = 0; i < tasks; i += 1) {
    const id = `bench-latency-${tasks}-${i}`;
    await farm.call('POST', '/function/emitter/tasks', { id, kind: 'calibrated', payload: { serviceMs: 1 } });
    ids.push(id);
    await clock.sleep(APART_MS);
  }
  const waits: number[] = [];
  for (const id of ids) {
    let found = await archive.find(id);
    while (found.state !== 'completed') {
      await clock.sleep(APART_MS);
      found = await archive.find(id);
    }
    waits.push(found.record.claimedAt - found.record.generatedAt);
  }
  return quantile(waits, 0.99);
}
