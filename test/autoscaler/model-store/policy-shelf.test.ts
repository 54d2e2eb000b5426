import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLearner } from '#autoscaler/learn/agents.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { RulesAndModels } from '#autoscaler/model-store/policy-shelf.ts';
import { farmConfigSchema } from '#shared/config-schema.ts';
import { Sfc32 } from '#shared/rng.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { seen } from '../support/sightings.ts';

const options = { minWorkers: 1, maxWorkers: 32, stepDurationS: 8, horizonS: null };

async function shelfWith(names: readonly string[], best?: object): Promise<RulesAndModels> {
  const folder = new ModelFolder(temporaryFolder());
  const actions = { name: 'one', minWorkers: 1, maxWorkers: 32 } as const;
  const settings = farmConfigSchema.parse({}).agents;
  for (const name of names) {
    const learner = await createLearner('sarsa', { settings, actions, rng: new Sfc32(1) });
    folder.write(name, { model: learner.save({ resumable: false }), provenance: null });
  }
  if (best !== undefined) writeFileSync(join(folder.path, 'best.json'), JSON.stringify(best));
  return new RulesAndModels({ folder });
}

describe('rules and models', () => {
  test('finds a rule by its name, with or without models', async () => {
    for (const shelf of [await shelfWith([]), await shelfWith(['sarsa'])]) {
      expect((await shelf.find('static-15', options)).name).toBe('static-15');
    }
  });

  test('finds a model by its folder’s name; it decides greedily, so the same twice', async () => {
    const shelf = await shelfWith(['sarsa']);
    const one = await shelf.find('sarsa', options);
    const other = await shelf.find('sarsa', options);
    expect(one).toMatchObject({ name: 'sarsa', usesClock: true });
    const look = seen({ waiting: 12, workers: 4, rate: 3 });
    const first = one.decide(look);
    expect(first.because).not.toBe('');
    for (let i = 0; i < 50; i += 1) expect(one.decide(look)).toEqual(first);
    expect(other.decide(look)).toEqual(first);
  });

  test.each([
    ['the model', { default: 'sarsa-2' }, 'sarsa-2'],
    ['or the rule', { default: 'trend' }, 'trend'],
  ])('takes best for %s that best.json names', async (_what, best, name) => {
    const shelf = await shelfWith(['sarsa-1', 'sarsa-2'], best);
    expect((await shelf.find('best', options)).name).toBe(name);
    expect(await shelf.models()).toEqual(['best', 'sarsa-1', 'sarsa-2']);
  });

  test.each([
    ['an unknown name', ['sarsa'], 'lucky', /policy "lucky".*static-N.*trained model: best, sarsa/],
    ['an unknown name without models', [], 'lucky', /policy "lucky".*static-N/],
    ['best without best.json', ['sarsa'], 'best', /policy "best".*best\.json.*trained models are: sarsa/],
    ['best without models', [], 'best', /trained models are: none/],
    ['a path', ['sarsa'], '../sarsa', /trained model/],
  ])('refuses %s, and lists what there is', async (_what, models, name, message) => {
    const shelf = await shelfWith(models);
    await expect(shelf.find(name, options)).rejects.toMatchObject({
      code: 'UNKNOWN_POLICY',
      message: expect.stringMatching(message) as string,
    });
  });
});
