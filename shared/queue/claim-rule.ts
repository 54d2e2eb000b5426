/**
 * How much a worker is given that asks for several tasks at once. Pure arithmetic; lua/finish.lua states it again for Redis,
 * and a property test plays both (test/shared/queue/agreement.test.ts).
 */
export interface Demand {
  /** As many tasks as this, at most; 0: none. */
  readonly most: number;
  /** The k-th of them (from 0) can be begun k × stepMs after the claim. 0, the default: all at once. */
  readonly stepMs?: number;
}

/**
 * A worker's share of what waits: no more than would be left for each member of the farm, and one at least. So where fewer
 * tasks wait than there are workers, each claim takes one, and nobody idles beside a worker with tasks in store.
 * 10 asked for, 32 members: 100 waiting → 4, 33 → 2, 32 → 1, 0 → 1 (test/shared/queue/claim-rule.test.ts).
 */
export function shareOf(demand: Demand, farm: { waiting: number; members: number }): number {
  return Math.min(demand.most, Math.max(1, Math.ceil(farm.waiting / Math.max(1, farm.members))));
}

/**
 * Whether a task that could still be begun in time would be late in this worker's hands, behind the `ahead` tasks of the same
 * claim. Such a task stays where it waits, and the claim ends with the one before it. A task that is late already does not.
 */
export function wouldBeLate(
  task: { latestStart: number },
  at: { now: number; ahead: number; stepMs: number },
): boolean {
  return task.latestStart >= at.now && task.latestStart < at.now + at.ahead * at.stepMs;
}

/**
 * A task that ended without a result before may have killed its worker. It is claimed alone, so that tasks which only lie
 * beside it in a worker's hands share that fate once, and not until they are dead letters.
 */
export function goesAlone(task: { attempts: number }): boolean {
  return task.attempts > 0;
}

/** How often, at the least, a worker that ends claims one after the other gives a sign of life and looks for lost claims. */
export const GLANCES_A_LEASE = 16;

/**
 * Whether it does so now: where a sixteenth of a lease, counted from 1970, has begun since the claim that it ends was made. Of
 * claims that follow one another one does, and nothing needs to be remembered for it. One that ends no claim always does.
 */
export function isGlanceDue(claimedAt: number, at: { now: number; leaseMs: number }): boolean {
  const part = (time: number): number => Math.floor((time / at.leaseMs) * GLANCES_A_LEASE);
  return part(at.now) > part(claimedAt);
}
