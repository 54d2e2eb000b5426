import { Sfc32, type Rng } from '#shared/rng.ts';
import type { Learner, Transition } from '#autoscaler/learn/learner.ts';
import type { Seen } from '#autoscaler/observation.ts';
import { actionSet, type ActionSet } from '#autoscaler/policy/action-set.ts';
import { seen } from './sightings.ts';

export const identityActions: ActionSet = actionSet('one', { minWorkers: 1, maxWorkers: 20 });

const WORKERS = 10;
const STEPS = 20;

/** What is seen where `right` is the action that pays: the length of the input queue says so, and the tasks emitted. */
export function identitySeen(right: number): Seen {
  const { observation, info } = seen({ workers: WORKERS });
  const [, ...rest] = observation;
  return { observation: [right, ...rest], info: { ...info, emitted: right } };
}

/**
 * Plays episodes of the easiest task there is: the observation names the action that earns 1, all others earn 0. The next
 * one is drawn anew, so nothing but the observation helps. Answers the rewards of each step.
 */
export function playIdentity(
  learner: Learner,
  { episodes, seed }: { episodes: number; seed: number | string },
): number[] {
  const rng = new Sfc32(seed).fork('identity');
  return Array.from({ length: episodes }, () => playEpisode(learner, rng)).flat();
}

function playEpisode(learner: Learner, rng: Rng): number[] {
  const rewards: number[] = [];
  const mask = identityActions.mask(WORKERS);
  let right = rng.int(identityActions.size);
  for (let step = 1; step <= STEPS; step += 1) {
    const action = learner.act(identitySeen(right), mask);
    const next = rng.int(identityActions.size);
    const reward = action === right ? 1 : 0;
    const transition: Transition = {
      seen: identitySeen(right),
      action,
      reward,
      next: identitySeen(next),
      nextMask: mask,
      terminated: false,
      truncated: step === STEPS,
    };
    learner.learn(transition);
    rewards.push(reward);
    right = next;
  }
  learner.endEpisode();
  return rewards;
}

/** The action that its decision stands for. */
export function decidedAction(learner: Learner, at: Seen): number {
  const workers = at.observation[4];
  const decision = learner.decide(at);
  return identityActions.actionFor(decision.kind === 'scale' ? decision.replicas : workers, workers);
}
