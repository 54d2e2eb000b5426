import { hashOf } from '../../model-store/lineage.ts';
import type { ModelStore, StoredModel } from '../../model-store/model-store.ts';
import type { OnlineSnapshot } from '../../learn/online/online-learner.ts';

/**
 * Puts what an online learner has learnt beside the model that it began with, as `<name>-online`. It is never promoted by this:
 * whoever wants it compares and promotes it.
 * @throws what ModelStore.put throws
 */
export function keepSnapshot(
  { model, live }: OnlineSnapshot,
  {
    store,
    parent,
    revision,
  }: { store: Pick<ModelStore, 'put'>; parent: Pick<StoredModel, 'id' | 'name' | 'lineage'>; revision: string | null },
): Promise<StoredModel> {
  return store.put({
    name: parent.name.endsWith(SUFFIX) ? parent.name : `${parent.name}${SUFFIX}`,
    model,
    lineage: {
      source: 'online',
      data: { ...parent.lineage.data, profile: 'live', sha256: null, live },
      reward: parent.lineage.reward,
      seed: null,
      episodes: null,
      configSha256: hashOf(model.settings),
      revision,
      parent: parent.id,
    },
    figures: null,
  });
}

const SUFFIX = '-online';
