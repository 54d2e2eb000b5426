import { takeArray } from '../../learn/model-array.ts';
import type { SavedModel } from '../../learn/saved-model.ts';
import { parseSarsaSettings } from '../../learn/sarsa/settings.ts';
import { conditionsOf } from '../conditions.ts';
import type { FigureSpec } from '../figure.ts';
import { plotStateVisits } from '../plots/state-visits.ts';
import type { Conditions } from '../plots/theme.ts';
import { plotTraining } from '../plots/training.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import { readLearnt, readProgress } from './checkpoint.ts';
import type { TrainingPlan } from './plan.ts';

/** The figures of one training, from its checkpoint; none before its first episode. @throws RUN_INVALID, MODEL_INVALID */
export async function trainingFigures(
  directory: RunDirectory,
  plan: TrainingPlan,
): Promise<(readonly [string, FigureSpec])[]> {
  const { training, checks } = readProgress(directory);
  if (training.length === 0) return [];
  const conditions = conditionsOf(plan.scenario, `agent seed ${plan.agentSeed}`);
  const curves = plotTraining({
    agent: plan.agent,
    episodes: training,
    evaluations: checks,
    resumedAt: [],
    conditions,
  });
  if (plan.agent !== 'sarsa') return [['training_curves', curves]];
  return [
    ['training_curves', curves],
    ['state_visits', stateVisits(await readLearnt(directory), conditions)],
  ];
}

function stateVisits(model: SavedModel, conditions: Conditions): FigureSpec {
  const { dimensions } = parseSarsaSettings(model.settings);
  const states = takeArray(model, 'states', { kind: 'int32', shape: [null] });
  const visits = takeArray(model, 'visits', { kind: 'int32', shape: [states.length, null] });
  return plotStateVisits({ agent: model.agent, dimensions, table: { states, visits }, conditions });
}
