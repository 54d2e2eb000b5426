import { MINUTE, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';
import type { Journal } from '#shared/queue/journal.ts';
import type { Archive } from '#shared/queue/task-sink.ts';
import type { TimingProfile } from '../../sim/timing-profile.ts';
import { readFarmLog } from './farm-log.ts';
import type { FarmProfiles, StoredProfile } from './farm-profiles.ts';
import { fitProfile } from './fit-profile.ts';
import { loggedTimes } from './logged-times.ts';

export interface ContinualCalibrationParts {
  readonly archive: Pick<Archive, 'records'>;
  readonly journal: Pick<Journal, 'list'>;
  readonly profiles: FarmProfiles;
  /** What is known before the log says anything. */
  readonly prior: TimingProfile;
  readonly clock: Clock;
  readonly log: Logger;
  /** False: another autoscaler of this farm leads, and fits. */
  readonly leads: () => boolean;
}

/** Between two fits; each reads the last hour, so that a tail that is seen once an hour stays in. */
const EVERY_MS = 5 * MINUTE;
const WINDOW_MS = 60 * MINUTE;
const MOST_RECORDS = 5_000;

/**
 * Keeps the timing profile of this farm up to date from what the farm writes down anyway: records and decisions. Nothing is
 * measured on purpose, and nobody waits for it.
 */
export class ContinualCalibration {
  readonly #parts: ContinualCalibrationParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(parts: ContinualCalibrationParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** One fit; null where the log has nothing new to say. @throws what Redis throws */
  async fit(): Promise<StoredProfile | null> {
    const { clock, profiles, prior } = this.#parts;
    const at = clock.farmTime();
    const known = await profiles.latest();
    const log = await readFarmLog(this.#parts, { since: at - WINDOW_MS, most: MOST_RECORDS });
    const to = log.records.reduce((last, { collectedAt }) => Math.max(last, collectedAt), 0);
    if (to <= lastRecordOf(known)) return null;
    const window = { from: log.records[0]?.generatedAt ?? to, to };
    const { profile, fitted } = fitProfile(loggedTimes(log), { known: known?.profile ?? prior, window });
    return fitted.length === 0 ? null : profiles.append({ profile, at });
  }

  async #run(): Promise<void> {
    const { clock, log, leads } = this.#parts;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(EVERY_MS, signal);
      if (signal.aborted) return;
      if (!leads()) continue;
      try {
        const stored = await this.fit();
        if (stored !== null) log.info({ version: stored.version }, "this farm's timing profile was fitted anew");
      } catch (thrown) {
        log.warn(
          { error: coerceError(thrown).message },
          "this farm's timing profile was not fitted; tried again later",
        );
      }
    }
  }
}

/** Farm time of the last record that a fit has seen. */
function lastRecordOf(known: StoredProfile | null): number {
  const window = known?.profile.provenance['window'];
  const to = typeof window === 'object' && window !== null && 'to' in window ? window.to : null;
  return typeof to === 'number' ? to : 0;
}
