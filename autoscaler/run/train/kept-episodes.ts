/** Up to here every episode is kept. */
const KEPT_WHOLE = 10_000;

/**
 * Whether an episode of a training stands in its metrics, steps and curves: all of the first 10,000, every tenth up to 100,000,
 * every hundredth from there on. So 48,000 short episodes leave 13,800, and files that can be opened. It depends on the episode
 * alone: a training that is made longer keeps the same ones.
 */
export function isKept(episode: number): boolean {
  let every = 1;
  while (episode > KEPT_WHOLE * every) every *= 10;
  return episode % every === 0;
}
