import type { Rng } from '#shared/rng.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** A replica that was ready for as long as this has recovered: its next exit counts as the first. */
export const STABLE_MS = 10_000;

/**
 * Wait before a replica that ended unasked is started again, in ms: doubled with each exit in a row, capped, and spread over
 * the upper half so that replicas which died together do not return together.
 * First exit: 50 to 100 ms; fourth: 400 to 800 ms; eighth and later: 5 to 10 s (test/local/gateway/back-off.test.ts).
 */
export function restartDelayMs(exitsInARow: number, rng: Rng): number {
  const ceiling = Math.min(FIRST_DELAY_MS * 2 ** (exitsInARow - 1), LONGEST_DELAY_MS);
  return ceiling * (0.5 + rng.float() / 2);
}
