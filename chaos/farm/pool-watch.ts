import type { Clock } from '#shared/clock.ts';
import type { Timeline } from '../timeline.ts';
import type { FarmUnderTest } from './farm-under-test.ts';

const LOOK_EVERY_MS = 100;

/** The kind of outage that it finds. */
export const NO_WORKER = 'no-worker';

/**
 * Notes the times in which the gateway had no worker that was ready, because faults had killed or frozen every one and others
 * were only starting: nothing could run then. Resolves when `signal` aborts.
 */
export async function watchPool(
  farm: Pick<FarmUnderTest, 'http'>,
  timeline: Timeline,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  // The gateway asks a worker only now and then, and takes a frozen one for ready until then.
  const nobodyRuns = async (): Promise<boolean> => ((await readyWorkers(farm)) ?? Infinity) <= timeline.frozen;
  while (!signal.aborted) {
    if (await nobodyRuns()) {
      await timeline.outage(NO_WORKER, async () => {
        while ((await nobodyRuns()) && !signal.aborted) await clock.sleep(LOOK_EVERY_MS / 5, signal);
      });
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Null: the gateway did not say. */
async function readyWorkers({ http }: Pick<FarmUnderTest, 'http'>): Promise<number | null> {
  try {
    const { status, body } = await http.call('GET', '/system/function/worker', { timeoutMs: 2_000 });
    return status === 200 ? ((body as { availableReplicas?: number }).availableReplicas ?? 0) : null;
  } catch {
    return null;
  }
}
