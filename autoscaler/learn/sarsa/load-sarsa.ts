import type { FarmConfig } from '#shared/config-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import { Sfc32 } from '#shared/rng.ts';
import { actionSet, type ActionSetName, type WorkerBounds } from '../../policy/action-set.ts';
import { takeArray } from '../model-array.ts';
import type { SavedModel } from '../saved-model.ts';
import { countStates } from './bin-edges.ts';
import { Sarsa } from './sarsa.ts';
import { parseSarsaProgress, parseSarsaSettings, sarsaSettingsOf } from './settings.ts';
import { ValueTable } from './value-table.ts';

/** A learner that knows nothing yet. @throws CONFIG_INVALID where bins and edges make too many states. */
export function createSarsa(options: {
  settings: FarmConfig['agents']['sarsa'];
  actions: { name: ActionSetName } & WorkerBounds;
  rng: Sfc32;
}): Sarsa {
  const { settings, actions, rng } = options;
  return new Sarsa({
    settings: sarsaSettingsOf(settings),
    actions: actionSet(actions.name, actions),
    rng,
  });
}

/**
 * A learner from what `save` kept. Saved to go on, it goes on where it was, with its own generator; else `rng` explores.
 * @throws MODEL_INVALID that names the setting or array.
 */
export function loadSarsa(saved: SavedModel, { rng }: { rng: Sfc32 }): Sarsa {
  const settings = parseSarsaSettings(saved.settings);
  const progress = saved.progress === null ? null : parseSarsaProgress(saved.progress);
  const actions = actionSet(saved.actions.name, saved.actions);
  const states = takeArray(saved, 'states', { kind: 'int32', shape: [null] });
  const cells = [states.length, actions.size];
  const values = takeArray(saved, 'values', { kind: 'float64', shape: cells });
  const visits = takeArray(saved, 'visits', { kind: 'int32', shape: cells });
  const last = countStates(settings.dimensions) - 1;
  if (new Set(states).size !== states.length || states.some((state) => state < 0 || state > last)) {
    throw new FarmhandError('MODEL_INVALID', `array states: expected each state once, from 0 to ${last}`);
  }
  if (!values.every((value) => Number.isFinite(value))) {
    throw new FarmhandError('MODEL_INVALID', 'array values has a number that is not finite');
  }
  const table = ValueTable.restore(
    { states, values, visits },
    { actions: actions.size, initialValue: settings.initialValue },
  );
  return new Sarsa({
    settings,
    actions,
    rng: progress === null ? rng : Sfc32.restore(progress.rng),
    table,
    progress: progress ?? undefined,
  });
}
