import type { Clock } from '#shared/clock.ts';
import { quantile } from '../live/statistics.ts';
import type { QueueSide } from './queue-side.ts';
import { whileServing } from './throughput.ts';

/** From the call that submits a task to the beginning of its work, the queue being idle, ms. */
export interface WaitingTime {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Far enough apart that each task meets an idle queue. */
const APART_MS = 5;

/** Single tasks to an idle queue that serves one task at a time, first some that are not counted. */
export async function sampleWaiting(options: {
  side: QueueSide;
  clock: Clock;
  tasks: number;
  signal: AbortSignal;
}): Promise<number[]> {
  const { side, clock, tasks, signal } = options;
  let onStart = (): void => undefined;
  const serving = await side.serve({
    concurrency: 1,
    until: 'recorded',
    onStart: () => onStart(),
    onEnd: () => undefined,
  });
  return await whileServing(serving, signal, async (over) => {
    const waitsMs: number[] = [];
    for (let task = -WARM_UP; task < tasks && !over.aborted; task += 1) {
      const started = new Promise<number>((resolve) => {
        onStart = () => resolve(clock.monotonic());
      });
      const submittedAt = clock.monotonic();
      await side.submit(1);
      const waitMs = (await started) - submittedAt;
      if (task >= 0) waitsMs.push(waitMs);
      await clock.sleep(APART_MS, over);
    }
    return waitsMs;
  });
}

const WARM_UP = 10;

export function waitingTime(waitsMs: readonly number[]): WaitingTime {
  return { p50Ms: quantile(waitsMs, 0.5), p99Ms: quantile(waitsMs, 0.99) };
}
