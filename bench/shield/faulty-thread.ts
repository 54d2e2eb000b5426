import { workerData } from 'node:worker_threads';
import { servePolicy, type PolicyThreadData } from '#autoscaler/loop/serve-policy.ts';
import { faultyPolicy, type FaultyName } from '#autoscaler/shield/faulty-policies.ts';
import { SECOND, SystemClock } from '#shared/clock.ts';

/** The worker thread of a policy that fails (live.ts): where models say what they are made of, its model says how. */
const HANGS_MS = 60 * SECOND;
const clock = new SystemClock();
const { model } = workerData as PolicyThreadData;

/** Busy: what hangs answers to nothing. */
function hang(): void {
  const untilMs = clock.monotonic() + HANGS_MS;
  while (clock.monotonic() < untilMs);
}

servePolicy(faultyPolicy(model.agent as FaultyName, { hang }));
