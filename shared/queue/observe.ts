/** One reading of the whole farm, taken by one script in one round trip, however long the history is. */
export interface QueueReading {
  /** Redis TIME, ms. */
  readonly at: number;
  readonly input: number;
  /** Messages that the emitter took and is emitting. */
  readonly emitting: number;
  readonly waiting: number;
  readonly inFlight: number;
  readonly result: number;
  readonly deadLetters: number;
  /** Counters since the farm was made; they only grow. */
  readonly totals: QueueTotals;
  /** Tasks collected within the window. Mean and maximum of sojourn (generation → collection), in ms. */
  readonly window: {
    readonly count: number;
    readonly met: number;
    readonly meanSojournMs: number;
    readonly maxSojournMs: number;
    /** Mean time in a worker's hands, waiting excluded, ms. */
    readonly meanServiceMs: number;
  };
  /** Time until the oldest waiting task's latest start, ms; negative when it is already late; null when none waits. */
  readonly oldestSlackMs: number | null;
  readonly members: number;
}

export interface QueueTotals {
  readonly submitted: number;
  readonly emitted: number;
  readonly claimed: number;
  readonly finished: number;
  readonly collected: number;
  readonly met: number;
  readonly dead: number;
  readonly reclaimed: number;
  readonly released: number;
  readonly fenced: number;
  readonly duplicates: number;
}

/** Nothing has happened yet. */
export const NO_TOTALS: QueueTotals = {
  submitted: 0,
  emitted: 0,
  claimed: 0,
  finished: 0,
  collected: 0,
  met: 0,
  dead: 0,
  reclaimed: 0,
  released: 0,
  fenced: 0,
  duplicates: 0,
};

/** Reads the farm's numbers. The window is rounded up to whole slots of 100 ms. */
export interface QueueObserver {
  read(windowMs: number): Promise<QueueReading>;
}
