import type { Reward } from './reward.ts';

/** Worker-seconds that make one unit of cost: numbers of the size that learners like. */
const WORKER_SECONDS_A_UNIT = 10;

/**
 * Workers against late tasks, with one weight, which swept draws a frontier: a late task costs as much as `lateCost`
 * worker-seconds. Undiscounted, an episode's sum is −(worker-seconds + lateCost · late tasks) / 10 exactly: nothing is
 * counted twice, and no shaping can be farmed. At lateCost 60, a step of 8 s with 14 workers and one late task: −17.2.
 */
export function costReward({ lateCost }: { lateCost: number }): Reward {
  return {
    name: `cost-${lateCost}`,
    terms: ({ workerSeconds, lateTasks }) => ({
      workers: -workerSeconds / WORKER_SECONDS_A_UNIT,
      late: (-lateCost * lateTasks) / WORKER_SECONDS_A_UNIT,
    }),
  };
}
