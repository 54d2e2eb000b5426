import { cemSettings } from '#shared/agents-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';
import { Sfc32 } from '#shared/rng.ts';
import { actionSet, type ActionSetName, type WorkerBounds } from '../../policy/action-set.ts';
import { takeArray } from '../model-array.ts';
import type { SavedModel } from '../saved-model.ts';
import { Cem, parametersOf, type CemSearch, type CemSettings } from './cem.ts';
import { parseCemProgress } from './progress.ts';

/** A learner that knows nothing yet. */
export function createCem(options: {
  settings: CemSettings;
  actions: { name: ActionSetName } & WorkerBounds;
  rng: Sfc32;
}): Cem {
  const { settings, actions, rng } = options;
  return new Cem({ settings, actions: actionSet(actions.name, actions), rng });
}

/**
 * A learner from what `save` kept. Saved to go on, it goes on where it was, with its own generator; else `rng` draws candidates
 * around what it knows, as wide as at first.
 * @throws MODEL_INVALID that names the setting or array.
 */
export function loadCem(saved: SavedModel, { rng }: { rng: Sfc32 }): Cem {
  const settings = parseSettings(saved.settings);
  const actions = actionSet(saved.actions.name, saved.actions);
  const mean = take(saved, 'mean', [parametersOf(settings)]);
  if (saved.progress === null) return new Cem({ settings, actions, rng, mean });
  const { rng: generator, ...progress } = parseCemProgress(saved.progress);
  if (progress.candidate >= settings.population) {
    throw new FarmhandError(
      'MODEL_INVALID',
      `progress.candidate is ${progress.candidate}; expected less than settings.population (${settings.population})`,
    );
  }
  const search: CemSearch = {
    sd: take(saved, 'sd', [parametersOf(settings)]),
    population: take(saved, 'population', [settings.population, parametersOf(settings)]),
    returns: take(saved, 'returns', [settings.population]),
    progress,
  };
  return new Cem({ settings, actions, rng: Sfc32.restore(generator), mean, search });
}

/** A copy, since a learner writes into its arrays. */
function take(saved: SavedModel, name: string, shape: readonly number[]): Float64Array {
  const data = takeArray(saved, name, { kind: 'float64', shape });
  if (data.every((value) => Number.isFinite(value))) return data.slice();
  throw new FarmhandError('MODEL_INVALID', `array ${name} has a number that is not finite`);
}

function parseSettings(saved: unknown): CemSettings {
  const parsed = cemSettings.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', describeIssues(parsed.error, saved, 'settings'));
}
