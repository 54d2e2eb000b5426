import { NOTHING } from '../check/bounds.ts';
import type { Fault } from './fault.ts';

const AGAIN = 20;

/** As a client whose reply was lost, or two clients with one source: the id decides. */
export const duplicateSubmission: Fault = {
  kind: 'duplicate-submission',
  what: 'tasks that the farm has already, and new ones, submitted by three clients at the same time',
  bound: () => NOTHING,
  uses: [],
  async inject({ load, rng }) {
    const fresh = { id: `thrice-${rng.int(2 ** 40).toString(36)}`, payload: { serviceMs: 2 }, expectedServiceMs: 2 };
    const batch = [...load.latest(AGAIN), fresh];
    await Promise.all([load.submit(batch), load.submit(batch.toReversed()), load.submit([fresh])]);
  },
};
