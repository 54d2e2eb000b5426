/** Which waiting task is next: the first to come, or by deadline. */
export const dispatchOrders = ['fifo', 'lanes'] as const;

/** How often late tasks are served unless farm.yml says otherwise (docs/algorithms/lanes.md has what it costs). */
export const LATE_EVERY = 32;

export interface DispatchRule {
  readonly dispatch: (typeof dispatchOrders)[number];
  /** Of so many claims one serves the line first, so whoever is p-th in it is served within p × lateEvery claims. */
  readonly lateEvery: number;
}

/**
 * Where a task waits. Pure arithmetic; lanes.ts keeps the lists, lua/lanes.lua states both again for Redis.
 *
 * A task stands in the line (one list, first in, first out) or in a lane (one list for a bucket of due times). Lanes are
 * rings of SLOTS lists: level 0 has buckets of FIRST_WIDTH_MS, each further level GROWTH times wider ones, and a task goes to
 * the first level that reaches as far ahead as it is due. So a bucket is 1/7 to 3/7 as wide as the time that was left, at any
 * scale: 0.1 s for what is due within 0.7 s, and 219 s for what is due in 25 minutes.
 */
export const LEVELS = 8;
export const SLOTS = 8;
export const FIRST_WIDTH_MS = 100;
export const GROWTH = 3;

export const LANES = LEVELS * SLOTS;

/** Lists that one claim may put right, at most; what is left is the next claim's. Bounds the time of a script. */
export const MOST_MOVES = 100;

const WIDTHS_MS = Array.from({ length: LEVELS }, (_, level) => FIRST_WIDTH_MS * GROWTH ** level);

/** A task that is due later than this from now stands as if it were due then. */
const HORIZON_MS = (SLOTS - 1) * widthOf(LEVELS - 1);

/** Where between its latest start (0) and its deadline (1) a task is due. */
export const DUE_SHARE = 0.5;

/**
 * What lanes are ordered by. Latest start alone is the fairest; the nearer to the deadline, the more tasks are in time
 * altogether, and the less an estimate that is wrong matters (docs/algorithms/lanes.md has the figures).
 * A task that must start by 1,000 and be collected by 2,000: due at 1,500 (test/shared/queue/lane-rule.test.ts).
 */
export function dueAt(latestStart: number, deadlineAt: number): number {
  return latestStart + DUE_SHARE * (deadlineAt - latestStart);
}

/** The lane's number and its bucket, as when the bucket begins. */
export interface Place {
  lane: number;
  bucketAt: number;
}

/** Where a task stands that is put down at `now` and due at `due` ≥ now. Written into `place`: nothing is allocated. */
export function findPlace(due: number, now: number, place: Place): void {
  const ahead = Math.min(due - now, HORIZON_MS);
  let level = 0;
  while (level < LEVELS - 1 && ahead >= (SLOTS - 1) * widthOf(level)) level += 1;
  const width = widthOf(level);
  const bucket = Math.floor((now + ahead) / width);
  place.lane = level * SLOTS + (bucket % SLOTS);
  place.bucketAt = bucket * width;
}

/** When the bucket of a lane ends that begins at `bucketAt`. */
export function bucketEnd(lane: number, bucketAt: number): number {
  return bucketAt + widthOf(Math.floor(lane / SLOTS));
}

function widthOf(level: number): number {
  return WIDTHS_MS[level] ?? 0;
}
