import { NOTHING } from '../check/bounds.ts';
import { POISON } from '../instrument/poison.ts';
import type { Fault } from './fault.ts';

/** It must end as a dead letter after queue.maxAttempts claims, having killed as many workers and no other task. */
export const poisonTask: Fault = {
  kind: 'poison-task',
  what: 'a task that kills every worker that touches it',
  bound: () => NOTHING,
  uses: [],
  async inject({ load, rng }) {
    await load.submit([
      {
        id: `${POISON}-${rng.int(2 ** 40).toString(36)}`,
        payload: { serviceMs: 1, chaos: POISON },
        expectedServiceMs: 1,
      },
    ]);
  },
};
