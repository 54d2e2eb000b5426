import type { Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

/** How a worker keeps the lease of the task in hand. */
export interface BeatSettings {
  readonly leaseMs: number;
  /** After so long with one task in hand the worker is taken for stuck: no more beats, so that its lease runs out. */
  readonly maxHoldMs: number;
}

/**
 * Beats until `free` aborts: three beats fit into a lease, so that two may be lost. A task shorter than a third of a lease
 * costs no beat.
 */
export async function beatWhileHeld(
  parts: { clock: Clock; log: Logger; beat: () => Promise<unknown> },
  settings: BeatSettings,
  free: AbortSignal,
): Promise<void> {
  const { clock, log, beat } = parts;
  const periodMs = settings.leaseMs / 3;
  for (let heldMs = periodMs; heldMs < settings.maxHoldMs; heldMs += periodMs) {
    await clock.sleep(periodMs, free);
    if (free.aborted) return;
    try {
      await beat();
    } catch (thrown) {
      log.warn(
        { error: coerceError(thrown) },
        'a heartbeat did not reach Redis; the next one is tried in a third of a lease',
      );
    }
  }
}
