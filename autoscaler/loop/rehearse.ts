import type { Seen } from '../observation.ts';
import type { Policy } from '../policy/policy.ts';

/** Decisions after which the code of all our agents is compiled: the time of the later ones does not fall any more. */
const REHEARSALS = 1_000;

/**
 * Asks a policy about looks that nobody has seen, so that its code is compiled before the first one that counts: a control
 * loop asks once in seconds, and code that is run so seldom stays interpreted for hours. Whatever the policy remembers of it stays
 * with it, so this is for a copy. 10 ms.
 */
export function rehearse(policy: Pick<Policy, 'decide'>, { maxWorkers }: { maxWorkers: number }): void {
  for (let i = 0; i < REHEARSALS; i += 1) policy.decide(imagined(i, 1 + (i % maxWorkers)));
}

/** The i-th of a farm in which loads come and go. */
function imagined(i: number, workers: number): Seen {
  const waiting = i % 7 < 4 ? 0 : i % 50;
  const arrivalRate = (i % 24) / 2;
  const avgTime = 1 + waiting / 8;
  return {
    observation: [i % 4, waiting, i % 2, i, workers, avgTime, 2 * avgTime, arrivalRate, 1 - (waiting % 10) / 20],
    info: {
      at: i * 8_000,
      sampleAgeMs: 1,
      fresh: true,
      inFlight: Math.min(workers, i % 12),
      emitted: i,
      ready: workers,
      active: workers,
      oldestSlackMs: waiting === 0 ? null : 500,
      meanServiceS: 1,
    },
  };
}
