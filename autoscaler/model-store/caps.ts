/** How much a store keeps. */
export interface StoreCaps {
  /** Of one model's file. */
  readonly maxBytes: number;
  /** Models in all; what is promoted or to be rolled back to is never pruned for it. */
  readonly maxModels: number;
  /** Versions of one name that are neither: a learner that leaves a snapshot every hour prunes its own first. */
  readonly maxUnpromoted: number;
}

const MIB = 1024 * 1024;

/** Of the largest model file that any store takes; an upload's body needs no higher limit. */
export const MODEL_FILE_MOST_BYTES = 4 * MIB;

export const defaultCaps: StoreCaps = { maxBytes: MODEL_FILE_MOST_BYTES, maxModels: 200, maxUnpromoted: 40 };

/** Earlier promotions that a name can be rolled back to, and that are kept in its history. */
export const ROLLBACKS = 5;
export const HISTORY = 100;
