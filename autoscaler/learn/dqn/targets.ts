import type { ReplayBatch } from './replay-memory.ts';

/** Values of every action at a batch's next states, row after row. */
export interface NextValues {
  /** Of the network that chooses the action. Double DQN: the online one; plain DQN: the target network. */
  readonly chooser: Float32Array;
  /** Of the target network, which says what the chosen action is worth. */
  readonly target: Float32Array;
}

/**
 * y = reward + discount · Q_target(next, argmax over the allowed a of Q_chooser(next, a)), into `targets`.
 * Source: van Hasselt, Guez & Silver, "Deep Reinforcement Learning with Double Q-learning", AAAI 2016, eq. 4; with the chooser as
 * target network, Mnih et al. 2015. Example: reward 1, discount 0.9; chooser values 5, 7, 6, target values 10, 2, 4: action 1 is
 * chosen and y = 1 + 0.9·2 = 2.8. Where action 1 is not allowed, action 2: 1 + 0.9·4 = 4.6
 * (test/autoscaler/learn/dqn/targets.test.ts).
 */
export function temporalDifferenceTargets(batch: ReplayBatch, values: NextValues, targets: Float32Array): void {
  const actions = values.target.length / batch.rows;
  for (let row = 0; row < batch.rows; row += 1) {
    const start = row * actions;
    const best = bestAllowed(values.chooser.subarray(start, start + actions), (a) => batch.nextMasks[start + a] === 1);
    const future = values.target[start + best] ?? 0;
    targets[row] = (batch.rewards[row] ?? 0) + (batch.discounts[row] ?? 0) * future;
  }
}

/** The allowed action of the highest value; of two alike, the one with more workers, as in the reference. */
export function bestAllowed(values: Float32Array, allowed: (action: number) => boolean): number {
  let best = 0;
  let bestValue = -Infinity;
  for (let action = 0; action < values.length; action += 1) {
    const value = values[action] ?? -Infinity;
    if (value >= bestValue && allowed(action)) {
      best = action;
      bestValue = value;
    }
  }
  return best;
}
