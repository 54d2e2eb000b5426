import { FarmhandError } from '#shared/errors.ts';

/** Why training cannot go on: which term of which step is not a finite number, and what is usually done about it. */
export function diverged(found: {
  step: number;
  episode: number;
  update: number;
  term: string;
  value: number;
}): FarmhandError {
  const { step, episode, update, term, value } = found;
  return new FarmhandError(
    'TRAINING_DIVERGED',
    `dqn, step ${step} of training (episode ${episode}, update ${update}): ${term} is ${value}; expected a finite number. ` +
      'A lower learningRate or maxGradNorm, or a rewardClip, keeps values from growing without bound.',
  );
}
