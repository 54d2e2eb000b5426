import { dqnSettings } from '#shared/agents-schema.ts';
import { FarmhandError } from '#shared/errors.ts';
import { describeIssues } from '#shared/parse.ts';
import { Sfc32 } from '#shared/rng.ts';
import { actionSet, type ActionSetName, type WorkerBounds } from '../../policy/action-set.ts';
import { initialWeights } from '../network/initial-weights.ts';
import { below, type NamedArrays } from '../network/named-arrays.ts';
import type { NetworkShape } from '../network/network.ts';
import { openNetworkBackend } from '../network/open-backend.ts';
import type { SavedModel } from '../saved-model.ts';
import { Dqn, ONLINE, type DqnOptions, type DqnSettings } from './dqn.ts';
import { featuresOf } from './features.ts';
import { parseDqnProgress } from './progress.ts';

type Actions = { readonly name: ActionSetName } & WorkerBounds;

/** A learner that knows nothing yet. `rng`: forks of it draw weights, exploration and samples. */
export async function createDqn(options: { settings: DqnSettings; actions: Actions; rng: Sfc32 }): Promise<Dqn> {
  const { settings, actions, rng } = options;
  return openDqn({
    settings,
    actions,
    weights: initialWeights(networkShape(settings, actions), rng.fork('weights')),
    chance: { explore: rng.fork('explore'), replay: rng.fork('replay') },
  });
}

/**
 * A learner from what `save` kept. Saved to go on, it goes on where it was, with its own generators; else forks of `rng` are used.
 * @throws MODEL_INVALID that names the setting or array.
 */
export async function loadDqn(saved: SavedModel, { rng }: { rng: Sfc32 }): Promise<Dqn> {
  const settings = parseDqnSettings(saved.settings);
  const progress = saved.progress === null ? undefined : parseDqnProgress(saved.progress);
  refuseNotFinite(saved.arrays);
  const chance = {
    explore: progress === undefined ? rng.fork('explore') : Sfc32.restore(progress.rng.explore),
    replay: progress === undefined ? rng.fork('replay') : Sfc32.restore(progress.rng.replay),
  };
  const dqn = await openDqn({
    settings,
    actions: saved.actions,
    weights: below(ONLINE, saved.arrays),
    chance,
    progress,
  });
  dqn.restore(saved);
  return dqn;
}

async function openDqn(
  options: Pick<DqnOptions, 'settings' | 'chance' | 'progress'> & { actions: Actions; weights: NamedArrays },
): Promise<Dqn> {
  const { settings, actions, weights, chance, progress } = options;
  const { backend, tried } = await openNetworkBackend(settings.backend);
  const network = await backend.create({
    shape: networkShape(settings, actions),
    maxRows: settings.batchSize,
    maxGradNorm: settings.maxGradNorm,
    weights,
  });
  return new Dqn({
    settings,
    actions: actionSet(actions.name, actions),
    bounds: actions,
    network,
    backend: { backend: backend.id, tried },
    chance,
    progress,
  });
}

/** One input a feature, one output an action. */
function networkShape(settings: DqnSettings, actions: Actions): NetworkShape {
  return {
    inputs: featuresOf(settings.features, actions).length,
    hidden: settings.hiddenLayers,
    outputs: actionSet(actions.name, actions).size,
  };
}

/** The settings of a saved model. @throws MODEL_INVALID by key. */
export function parseDqnSettings(saved: unknown): DqnSettings {
  const parsed = dqnSettings.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new FarmhandError('MODEL_INVALID', describeIssues(parsed.error, saved, 'settings'));
}

function refuseNotFinite(arrays: NamedArrays): void {
  for (const [name, { data }] of Object.entries(arrays)) {
    if (data.every((value) => Number.isFinite(value))) continue;
    throw new FarmhandError('MODEL_INVALID', `array ${name} has a number that is not finite`);
  }
}
