import { chmod, copyFile, stat, truncate } from 'node:fs/promises';
import { MINUTE, type Clock } from '#shared/clock.ts';
import { coerceError } from '#shared/errors.ts';
import type { Logger } from '#shared/log.ts';

export interface LogKeeperOptions {
  /** Written by processes that hold them open for appending; one that does not exist is passed over. */
  readonly files: readonly string[];
  /** A file is put aside when it is found to be larger; default 8 MiB, as the functions' logs. */
  readonly maxBytes?: number;
  /** Between two looks, ms; default one minute. */
  readonly everyMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Bounds logs that a process writes through a descriptor it was started with (the daemon's own, Redis's): such a file cannot be
 * renamed under its writer, so it is copied to <file>.1 and emptied. A line that is written between the two is lost.
 */
export interface LogKeeper {
  /** Idempotent. */
  stop(): Promise<void>;
}

export function keepLogsShort(options: LogKeeperOptions): LogKeeper {
  const { files, maxBytes = 8 * 1024 * 1024, everyMs = MINUTE, clock, log } = options;
  const stopping = new AbortController();
  const keep = async (file: string): Promise<void> => {
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size <= maxBytes) return;
    await copyFile(file, `${file}.1`);
    await chmod(`${file}.1`, 0o600);
    await truncate(file);
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const file of files) {
        await keep(file).catch((thrown: unknown) => {
          log.warn({ file, error: coerceError(thrown).message }, 'the log could not be put aside: it goes on growing');
        });
      }
      await clock.sleep(everyMs, stopping.signal);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
