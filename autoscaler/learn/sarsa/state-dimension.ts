import type { stateDimensions } from '#shared/agents-schema.ts';
import type { Seen } from '../../observation.ts';

export type StateDimension = (typeof stateDimensions)[number];

/** Dimensions that count down to a known schedule's next change (Policy.usesClock). */
const clocks: ReadonlySet<StateDimension> = new Set(['inputQueue', 'outputQueue', 'emitted']);

export function isClock(dimension: StateDimension): boolean {
  return clocks.has(dimension);
}

/** How each dimension is read. `load` tells a busy pool from an idle one before anything has to wait. */
const readers: Readonly<Record<StateDimension, (seen: Seen) => number>> = {
  inputQueue: ({ observation }) => observation[0],
  workerQueue: ({ observation }) => observation[1],
  resultQueue: ({ observation }) => observation[2],
  outputQueue: ({ observation }) => observation[3],
  workers: ({ observation }) => observation[4],
  avgTime: ({ observation }) => observation[5],
  maxTime: ({ observation }) => observation[6],
  arrivalRate: ({ observation }) => observation[7],
  qosRate: ({ observation }) => observation[8],
  /** Tasks in workers' hands. */
  inFlight: ({ info }) => info.inFlight,
  /** Tasks emitted since the episode's start. */
  emitted: ({ info }) => info.emitted,
  /** Tasks that workers have yet to finish: waiting and in flight. */
  load: ({ observation, info }) => observation[1] + info.inFlight,
};

export function readerOf(dimension: StateDimension): (seen: Seen) => number {
  return readers[dimension];
}
