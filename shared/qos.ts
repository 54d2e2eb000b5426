/**
 * What quality of service means, in one place: a task is on time when the collector has its result by its deadline. The
 * queue's commit script judges by the same rule, on Redis TIME.
 */

/** `collectedAt` ≤ `deadlineAt`; a result in the very moment of its deadline is on time. Both in ms on one clock. */
export function metDeadline(times: { collectedAt: number; deadlineAt: number }): boolean {
  return times.collectedAt <= times.deadlineAt;
}

export interface QosCounts {
  /** Every task accepted, whatever became of it. */
  readonly submitted: number;
  /** Tasks with a record in output. */
  readonly collected: number;
  /** Of those, how many met their deadline. */
  readonly met: number;
}

/**
 * Share of submitted tasks that met their deadline, 0 to 1: unfinished and dead-lettered tasks count as misses.
 * 100 submitted, 80 collected, 76 in time: 0.76. Null when nothing was submitted.
 */
export function qos({ submitted, met }: QosCounts): number | null {
  return submitted === 0 ? null : met / submitted;
}

/**
 * Share of collected tasks that met their deadline, 0 to 1: the reference's figure, blind to unfinished work.
 * 100 submitted, 80 collected, 76 in time: 0.95. Null when nothing was collected.
 */
export function qosCollected({ collected, met }: QosCounts): number | null {
  return collected === 0 ? null : met / collected;
}
