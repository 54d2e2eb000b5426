import { describe, expect, test } from 'vitest';
import { folderModelStore } from '#autoscaler/model-store/folder-models.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { LayeredModels } from '#autoscaler/model-store/layered-models.ts';
import { RulesAndModels } from '#autoscaler/model-store/policy-shelf.ts';
import { ShippedModels } from '#autoscaler/model-store/shipped-models.ts';
import { VirtualClock } from '#shared/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { provenance } from '../support/models.ts';
import { modelToStore } from '../support/stored-models.ts';

const clock = new VirtualClock();
const options = { minWorkers: 1, maxWorkers: 32, stepDurationS: 8, horizonS: null };

/** A store over one shipped model, `sarsa`. */
function layered() {
  const folder = new ModelFolder(temporaryFolder());
  folder.write('sarsa', { model: modelToStore('sarsa', 7).model, provenance });
  const store = folderModelStore({ path: temporaryFolder(), clock });
  return { folder, store, models: new LayeredModels({ store, shipped: new ShippedModels(folder) }) };
}

describe('a store over the shipped models', () => {
  test('a name is the shipped model until a version is promoted', async () => {
    const { models } = layered();
    const shipped = (await models.get('sarsa')).stored;
    expect(shipped).toMatchObject({
      version: 0,
      createdAt: null,
      promoted: true,
      lineage: { source: 'training', seed: 42, data: { workload: 'reference' } },
      figures: { qos: 0.992 },
    });
    const stored = await models.put(modelToStore('sarsa', 1));
    expect((await models.get('sarsa')).stored.id).toBe(shipped.id);
    await models.promote(stored.id);
    expect((await models.get('sarsa')).stored.id).toBe(stored.id);
    expect((await models.get('sarsa@0')).stored).toMatchObject({ id: shipped.id, promoted: false });
    expect((await models.list()).map(({ name, version, promoted }) => [`${name}@${version}`, promoted])).toEqual([
      ['sarsa@2', false],
      ['sarsa@1', true],
      ['sarsa@0', false],
    ]);
  });

  test('rolls back to the shipped model, and no further', async () => {
    const { models } = layered();
    const shipped = (await models.get('sarsa')).stored;
    await expect(models.rollback('sarsa')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await models.promote((await models.put(modelToStore('sarsa', 1))).id);
    expect(await models.rollback('sarsa')).toMatchObject({ id: shipped.id, promoted: true });
    await expect(models.rollback('sarsa')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await models.history('sarsa')).map(({ id }) => id === shipped.id)).toEqual([true, false, true]);
  });

  test('promotes a shipped model over a stored one', async () => {
    const { models } = layered();
    await models.promote((await models.put(modelToStore('sarsa', 1))).id);
    const shipped = (await models.get('sarsa@0')).stored;
    expect(await models.promote('sarsa@0')).toMatchObject({ id: shipped.id, promoted: true });
    expect((await models.get('sarsa')).stored.id).toBe(shipped.id);
  });
});

describe('a shelf with a store', () => {
  test('finds stored models by name, by version and by id, and says which it is', async () => {
    const { folder, store } = layered();
    const shelf = new RulesAndModels({ folder, store });
    const one = await store.put(modelToStore('mine', 1));
    const two = await store.put(modelToStore('mine', 2));
    await store.promote(one.id);
    const found = async (name: string) => {
      const { name: called, model } = await shelf.find(name, options);
      return [called, model];
    };
    expect(await found('mine')).toEqual(['mine', one.id]);
    expect(await found('mine@2')).toEqual(['mine@2', two.id]);
    expect(await found(two.id)).toEqual(['mine@2', two.id]);
    expect((await found('sarsa'))[1]).toMatch(/^sha256-/);
    expect(await found('static-3')).toEqual(['static-3', null]);
    expect(await shelf.models()).toEqual(['best', 'mine', 'mine@2', 'sarsa']);
    await expect(shelf.find('mine@3', options)).rejects.toMatchObject({ code: 'UNKNOWN_POLICY' });
  });
});
