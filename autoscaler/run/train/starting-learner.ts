import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { createLearner, loadLearner } from '../../learn/agents.ts';
import type { Learner } from '../../learn/learner.ts';
import type { SavedModel } from '../../learn/saved-model.ts';
import { readModelAt } from '../../model-store/model-at.ts';
import type { TrainingPlan } from './plan.ts';

/**
 * The learner that a training begins with: one that knows nothing, or a model.
 * @throws MODEL_INVALID, NOT_FOUND for the model; USAGE for a model of another agent or other actions
 */
export async function startingLearner(plan: TrainingPlan): Promise<Learner> {
  const { startFrom } = plan;
  if (startFrom === null) return freshLearner(plan);
  const { model } = await readModelAt(startFrom.model);
  return learnerFrom({ name: startFrom.model, model }, { ...plan, startFrom });
}

/** The learner that goes on from a model, whatever the plan calls it. @throws MODEL_INVALID, USAGE as `startingLearner` */
export async function learnerFrom(
  { name, model }: { name: string; model: SavedModel },
  plan: TrainingPlan & { startFrom: NonNullable<TrainingPlan['startFrom']> },
): Promise<Learner> {
  const { startFrom } = plan;
  const rng = new Sfc32(plan.agentSeed);
  const wanted = (await freshLearner(plan)).save({ resumable: false });
  refuseOther(name, model, wanted);
  const kept = startFrom.resetExploration ? await knowledgeOf(model) : model;
  return loadLearner(startFrom.resetSettings ? { ...kept, settings: wanted.settings } : kept, { rng });
}

async function freshLearner({ agent, settings, scenario, agentSeed }: TrainingPlan): Promise<Learner> {
  const { actions: name, minWorkers, maxWorkers } = scenario;
  const rng = new Sfc32(agentSeed);
  return createLearner(agent, { settings, actions: { name, minWorkers, maxWorkers }, rng });
}

/** The model without where its training was. */
async function knowledgeOf(model: SavedModel): Promise<SavedModel> {
  const learner = await loadLearner(model, { rng: new Sfc32(0) });
  return learner.save({ resumable: false });
}

function refuseOther(path: string, found: SavedModel, wanted: SavedModel): void {
  const describe = ({ agent, actions }: SavedModel): string =>
    `agent ${agent}, actions ${actions.name}, ${actions.minWorkers} to ${actions.maxWorkers} workers`;
  if (describe(found) === describe(wanted)) return;
  throw new FarmhandError('USAGE', `model ${path} is of ${describe(found)}; expected ${describe(wanted)}`);
}
