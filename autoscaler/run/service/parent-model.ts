import { FarmhandError } from '#shared/errors.ts';
import { freeLearner } from '../../learn/free-learner.ts';
import type { FoundModel } from '../../model-store/model-store.ts';
import { lateCostOf } from '../online/live-judge.ts';
import { rewardOf } from '../scenario.ts';
import { learnerFrom } from '../train/starting-learner.ts';
import type { TrainSettings } from '../train/train-settings.ts';
import type { TrainRequest } from './run-requests.ts';

/** What a request leaves out is as the model was made: what it has learnt is about its actions, in the terms of its reward. */
export function wishesOf({ model, stored }: FoundModel, { actions, minWorkers, maxWorkers, lateCost }: TrainRequest) {
  return {
    actions: actions ?? model.actions.name,
    minWorkers: minWorkers ?? model.actions.minWorkers,
    maxWorkers: maxWorkers ?? model.actions.maxWorkers,
    lateCost: lateCost ?? lateCostOf(stored.lineage.reward) ?? undefined,
  };
}

/**
 * The training with a stored model to start from. It learns on by the model's own settings; where the request has some, by them
 * and farm.yml's. Exploration begins anew: what is stored has none.
 * @throws FIELD_INVALID (from, config) for a model of another agent, other actions or another reward, and for settings that
 * do not fit it
 */
export async function startingFrom(
  settings: TrainSettings,
  { parent, changed }: { parent: FoundModel; changed: boolean },
): Promise<TrainSettings> {
  const startFrom = { model: parent.stored.id, resetSettings: changed, resetExploration: true };
  const plan = { ...settings.plan, startFrom };
  const { id, lineage } = parent.stored;
  const reward = rewardOf(plan.scenario).name;
  if (lineage.reward !== null && lineage.reward !== reward) {
    const because = `its steps were judged by ${lineage.reward}, and this training's are by ${reward}; set lateCost`;
    throw new FarmhandError('FIELD_INVALID', `from: model ${id}: ${because}`);
  }
  try {
    freeLearner(await learnerFrom({ name: id, model: parent.model }, { ...plan, agentSeed: 0 }));
  } catch (thrown) {
    if (!(thrown instanceof FarmhandError)) throw thrown;
    const field = changed && thrown.code === 'MODEL_INVALID' ? 'config' : 'from';
    throw new FarmhandError('FIELD_INVALID', `${field}: ${thrown.message}`, { cause: thrown });
  }
  return { ...settings, plan };
}
