import type { Seen } from '../../observation.ts';

/** What corrects the curve, once multiplied by a gain that is learnt: in workers a unit. */
export interface Feedback {
  readonly name: string;
  readonly read: (seen: Seen) => number;
  /** The gain that a search begins with. */
  readonly initialGain: number;
}

/** Waiting tasks beyond this say no more than that there are far too many. */
const MOST_WAITING = 20;

/** Share of a pool that is busy when it is neither short nor idle; what it is off by, the curve's height takes up. */
const BUSY_SHARE = 0.6;

/** All are near 0 on a farm that keeps up. Scales: about one unit is worth a worker. */
export const feedbacks: readonly Feedback[] = [
  { name: 'waiting', read: ({ observation }) => Math.min(observation[1], MOST_WAITING) / 4, initialGain: 0.5 },
  { name: 'late', read: ({ observation }) => 4 * (1 - observation[8]), initialGain: 0 },
  { name: 'busy', read: ({ observation, info }) => (info.inFlight - BUSY_SHARE * observation[4]) / 4, initialGain: 0 },
];
