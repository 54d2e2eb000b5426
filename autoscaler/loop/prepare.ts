import { SECOND, type Clock } from '#shared/clock.ts';
import type { ScaleReading, Scaler } from '../scaler/scaler.ts';
import type { ScaleDown } from './scale-down.ts';
import type { EpisodeSettings } from './settings.ts';

/** A preparation answers a request, and requests stay under the watchdog's 30 s. */
const PREPARED_WITHIN_MS = 25 * SECOND;
const LOOK_EVERY_MS = 200;

/**
 * Brings the workers to `initialWorkers` before an episode: up at once, down by draining, then waits until all that were
 * granted are ready, or the time is up. What came of it is in the reading: a clamp grants fewer, a busy worker stays.
 * @throws what scaler and drain throw when the workers cannot be brought there at all.
 */
export async function prepareWorkers(
  parts: { scaler: Scaler; scaleDown: ScaleDown; clock: Clock; signal: AbortSignal },
  settings: EpisodeSettings,
): Promise<ScaleReading> {
  const { scaler, scaleDown, clock, signal } = parts;
  const deadlineMs = clock.monotonic() + PREPARED_WITHIN_MS;
  const { granted: from } = await scaler.read();
  const replicas = settings.initialWorkers;
  if (from < replicas) await scaler.apply({ replicas });
  if (from > replicas) {
    const timeoutMs = Math.min(settings.drainTimeoutS * SECOND, PREPARED_WITHIN_MS);
    const result = await scaleDown.run({ replicas, from, timeoutMs });
    if (result.failure !== null) throw result.failure;
  }
  for (;;) {
    const reading = await scaler.read();
    if (reading.ready >= reading.granted || clock.monotonic() >= deadlineMs || signal.aborted) return reading;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}
