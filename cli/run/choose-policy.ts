import type { SavedModel } from '#autoscaler/learn/saved-model.ts';
import type { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { RulesAndModels } from '#autoscaler/model-store/policy-shelf.ts';
import { actionSet } from '#autoscaler/policy/action-set.ts';
import type { FarmConfig } from '#shared/config.ts';
import { MOST_WORKERS } from '#shared/workload/limits.ts';
import type { RunPlan } from './plan.ts';

export interface ChoosePolicyParts {
  readonly config: FarmConfig;
  /** The models that ship. */
  readonly models: ModelFolder;
  /** A model of the farm that is to run it; null where it has none such. */
  readonly storedModel: (reference: string) => Promise<SavedModel | null>;
}

/**
 * The plan with its policy found: a rule, or a trained model, which then may take the largest step that it was trained with.
 * `best` becomes the name that it has for the workload, because the farm that is to run it knows no workload's name.
 * @throws UNKNOWN_POLICY with the names that there are; MODEL_INVALID for a model that is damaged
 */
export async function choosePolicy(
  plan: RunPlan,
  { config, models, storedModel }: ChoosePolicyParts,
): Promise<RunPlan> {
  const names = await models.list();
  const { source } = plan;
  const policy =
    plan.policy === 'best' && source.kind === 'workload' && names.length > 0
      ? await models.best(source.workload.name)
      : plan.policy;
  const episode = { ...config.control, ...plan.episode, policy };
  const stored = await storedModel(policy);
  if (stored === null) await new RulesAndModels({ folder: models }).find(policy, episode);
  const model = stored ?? (names.includes(policy) ? (await models.read(policy)).model : null);
  const step = model === null ? {} : { maxScalingStep: largestStep(model) };
  return { ...plan, policy, episode: { ...plan.episode, policy, ...step } };
}

/** Workers that the model's largest action adds. farm.yml's own step, one worker, would hold such a model back. */
function largestStep({ actions: { name, minWorkers, maxWorkers } }: SavedModel): number {
  const actions = actionSet(name, { minWorkers, maxWorkers });
  const most = actions.replicasOf(actions.size - 1, minWorkers) - minWorkers;
  return Math.min(Math.max(most, 1), MOST_WORKERS - 1);
}
