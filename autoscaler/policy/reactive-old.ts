import { averageTime, maximumTime, type ReactiveForm } from './reactive.ts';

/** The horizon of the earlier form, s: not tied to the step. */
const OLD_HORIZON_S = 10;

/**
 * The reference's reactive baselines as they were until 2025-11-11 (task-farm reference, commits 0e9ef20 to dc14c53): the
 * same need, held against the busy workers and not against the free ones,
 *
 *     delta = optimal − busy        busy = min(workers, max(0, inFlight − 1)), h = max(10 s, s, 1 s)
 *
 * so a pool grows as long as its busy workers fall short of the need, however many idle ones there are, and never shrinks
 * fast. That is the whole difference between 97 % of tasks in time (17 workers, average) and the published 51 % (11). At an
 * episode's first look the reference has no count of tasks yet, so nobody is busy and it adds a worker; its recordings all
 * begin so, and this is kept. (In the shipped form it would change nothing.)
 *
 * Example, average: 10 waiting, 2 s a task, 3 tasks/s, 6 workers, 6 in flight: optimal = 10·2/10 + 3·2 = 8, 5 busy,
 * delta 3: nine (test/autoscaler/policy/reactive-old.test.ts). Deviations: those of `ReactivePolicy`.
 */
export const reactiveAverageOld: ReactiveForm = {
  name: 'reactive-average-old',
  taskS: averageTime,
  horizonS: () => OLD_HORIZON_S,
  blindAtFirst: true,
  compared: againstBusy,
};

export const reactiveMaximumOld: ReactiveForm = {
  name: 'reactive-maximum-old',
  taskS: maximumTime,
  horizonS: () => OLD_HORIZON_S,
  blindAtFirst: true,
  compared: againstBusy,
};

function againstBusy({ workers, busy }: { workers: number; busy: number }): { workers: number; words: string } {
  return { workers: busy, words: `${busy} of ${workers} count as busy` };
}
