import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { actionSet } from '../../policy/action-set.ts';
import { loadLearner } from '../agents.ts';
import { parseDqnSettings } from '../dqn/load-dqn.ts';
import type { SavedModel } from '../saved-model.ts';
import { OnlineLearner, type OnlineLearnerOptions } from './online-learner.ts';

export interface OpenOnlineLearnerOptions extends Omit<
  OnlineLearnerOptions,
  'learner' | 'frozen' | 'actions' | 'rng' | 'epsilon' | 'snapshotEvery'
> {
  /** What it starts from. */
  readonly model: SavedModel;
  /** Draws exploration and samples. */
  readonly seed: number;
  /** 0 to 0.1; nothing: 0, which is greedy. */
  readonly epsilon?: number;
  /** Nothing: 360, an hour at a step of 10 s. */
  readonly snapshotEvery?: number;
}

/** Whether a model of that agent can learn online. */
export function learnsOnline(agent: string): boolean {
  return agent === 'sarsa' || agent === 'dqn';
}

export const MOST_EPSILON = 0.1;
const SNAPSHOT_EVERY = 360;

/**
 * Small steps from where training ended, and no traces that carry one bad minute far back: docs/online-learning.md has the
 * measurements that these figures come from.
 */
const SARSA_STEPS = { alpha: 0.01, stepSize: 'constant', traceLambda: 0.3, epsilon: 0, epsilonMin: 0 } as const;
const DQN_STEPS = { updatesPerStep: 1, trainEvery: 1, warmupSteps: 500, epsilonStart: 0, epsilonEnd: 0 } as const;
const DQN_RATE_SHARE = 0.2;
/** One update of such a batch is all that a live step costs. */
const MOST_BATCH = 64;
const MOST_REPLAY = 10_000;

/**
 * A model as a policy that goes on learning live, with its own settings but for what live steps bound: exploration, and the
 * work of one step.
 * @throws MODEL_INVALID for a model that cannot be read, and for cem: a search compares whole episodes, and a farm at work has none
 */
export async function openOnlineLearner(options: OpenOnlineLearnerOptions): Promise<OnlineLearner> {
  const { model, seed, epsilon = 0, snapshotEvery = SNAPSHOT_EVERY, ...rest } = options;
  if (!(epsilon >= 0 && epsilon <= MOST_EPSILON)) {
    throw new RangeError(`epsilon ${epsilon}: expected a share from 0 to ${MOST_EPSILON}`);
  }
  const rng = new Sfc32(seed).fork('online');
  const learner = await loadLearner(boundedModel(model), { rng: rng.fork('learner') });
  const frozen = await loadLearner(model, { rng: rng.fork('frozen') });
  const actions = actionSet(model.actions.name, model.actions);
  return new OnlineLearner({ ...rest, learner, frozen, actions, epsilon, snapshotEvery, rng: rng.fork('explore') });
}

/** The model with settings for live steps. Its values are what they were. */
function boundedModel(model: SavedModel): SavedModel {
  const { agent, settings } = model;
  switch (agent) {
    // It draws no action of its own: what is done is told to it.
    case 'sarsa':
      return { ...model, progress: null, settings: { ...settings, ...SARSA_STEPS } };
    case 'dqn': {
      const { learningRate, batchSize, replayCapacity } = parseDqnSettings(settings);
      const bounds = {
        learningRate: learningRate * DQN_RATE_SHARE,
        batchSize: Math.min(batchSize, MOST_BATCH),
        replayCapacity: Math.min(replayCapacity, MOST_REPLAY),
      };
      return { ...model, progress: null, settings: { ...settings, ...DQN_STEPS, ...bounds } };
    }
    default:
      throw new FarmhandError(
        'MODEL_INVALID',
        `agent ${agent} cannot learn online: it compares whole episodes, and a farm at work has none; expected sarsa or dqn`,
      );
  }
}
