import type { Environment } from '../../env/environment.ts';
import type { Learner } from '../../learn/learner.ts';
import type { EpisodeRecord } from '../episode.ts';
import { EpisodeBook } from '../rollout.ts';

export interface LearnedEpisode {
  readonly record: EpisodeRecord;
  /** Mean of the updates' losses; null where none happened. */
  readonly meanLoss: number | null;
  readonly updates: number;
  /** How much the learner explored in it, 0 to 1. */
  readonly exploration: number;
}

/** Plays one episode with exploration, and lets the learner learn from each step. An error of the environment's ends it. */
export async function learnEpisode(
  environment: Environment,
  learner: Learner,
  { seed }: { seed: number },
): Promise<LearnedEpisode> {
  const book = new EpisodeBook(seed);
  const { exploration } = learner;
  const first = await environment.reset({ seed });
  book.open(first);
  let seen: Awaited<ReturnType<Environment['reset']>> = first;
  let losses = 0;
  let updates = 0;
  try {
    for (let over = false; !over;) {
      const action = learner.act(seen, seen.info.actionMask);
      const result = await environment.step(action);
      const { terminated, truncated } = result;
      const nextMask = result.info.actionMask;
      const report = learner.learn({
        seen,
        action,
        reward: result.reward,
        next: result,
        nextMask,
        terminated,
        truncated,
      });
      if (report !== null) {
        losses += report.loss;
        updates += 1;
      }
      book.add(result);
      seen = result;
      over = terminated || truncated;
    }
  } finally {
    learner.endEpisode();
  }
  return { record: book.close(), meanLoss: updates === 0 ? null : losses / updates, updates, exploration };
}
