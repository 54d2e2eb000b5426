import { FarmhandError } from '#shared/errors.ts';
import { NOTHING } from '../check/bounds.ts';
import type { Fault } from './fault.ts';

/** It must be refused in so many words, and never be seen again. */
export const oversizedTask: Fault = {
  kind: 'oversized-task',
  what: 'a task whose payload is larger than queue.maxPayloadBytes',
  bound: () => NOTHING,
  uses: [],
  async inject({ farm, load, rng }) {
    const id = `oversized-${rng.int(2 ** 40).toString(36)}`;
    const text = 'x'.repeat(farm.config.queue.maxPayloadBytes + 1);
    await load.submit([{ id, payload: { serviceMs: 1, text }, expectedServiceMs: 1 }]);
    const outcome = load.submissions.find((submission) => submission.id === id);
    if (outcome !== undefined && outcome.acknowledgedAt !== null)
      throw new FarmhandError('INTERNAL', `${id}: was accepted, with ${text.length} bytes`);
  },
};
