import { z } from 'zod';
import type { TaskKind } from './kind.ts';
import { parsePayload } from './payload.ts';

const HOUR_MS = 3_600_000;
const allowed = 'expected ms from 0 to 3600000';

const payloadSchema = z.strictObject({
  /** Service time that the workload sampled, ms. */
  serviceMs: z.number(allowed).min(0, allowed).max(HOUR_MS, allowed),
});

interface CalibratedResult {
  readonly serviceMs: number;
  readonly waitedMs: number;
  /** waitedMs − serviceMs: what the timer added. Never negative. */
  readonly driftMs: number;
}

/**
 * Waits a sampled service time instead of working, so that an experiment with 32 workers fits on two cores.
 * The reference's worker does the same (task-farm reference, `process_image_processing_task`: a sleep). Deviation: 1. the
 * wait is measured, and its drift is in the result.
 */
export const calibratedKind: TaskKind = {
  name: 'calibrated',
  yields: true,
  async run(task, { clock, signal }): Promise<CalibratedResult> {
    const { serviceMs } = parsePayload(task, payloadSchema);
    const startedAt = clock.monotonic();
    const endAt = startedAt + serviceMs;
    // Timers cut fractions of a millisecond off and may fire early; the loop waits out the rest.
    for (let leftMs = serviceMs; leftMs > 0; leftMs = endAt - clock.monotonic()) {
      signal.throwIfAborted();
      await clock.sleep(leftMs, signal);
    }
    signal.throwIfAborted();
    const waitedMs = clock.monotonic() - startedAt;
    return { serviceMs, waitedMs, driftMs: waitedMs - serviceMs };
  },
};
