import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import { findContender } from '#autoscaler/run/play/find-contender.ts';
import { simulatedEnvironments } from '#autoscaler/run/environments.ts';
import { playEpisode } from '#autoscaler/run/rollout.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { heldOutSeed } from '#autoscaler/run/seeds.ts';
import { readRecipe } from '#autoscaler/run/train/recipe.ts';
import { parseConfig } from '#shared/config.ts';
import { findWorkload, workloadNames } from '#shared/workload/catalogue.ts';

const modelsFolder = join(import.meta.dirname, '..', '..', 'models');
const models = new ModelFolder(modelsFolder);
const config = parseConfig('', { file: 'farm.yml', environment: {} });
const MEGABYTE = 1_000_000;
const EPISODES = 60;

describe.each(await models.list())('models/%s', (name) => {
  test('is small, has a recipe of its name, and says what it was trained on', async () => {
    const folder = join(modelsFolder, name);
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeLessThan(MEGABYTE);
    const { model, provenance } = await models.read(name);
    const recipe = readRecipe(join(modelsFolder, 'recipes', `${name}.yml`));
    expect(model.agent).toBe(recipe.agent);
    expect(provenance).toMatchObject({ trainedOn: { workload: recipe.workload, dispatch: recipe.dispatch } });
    // The best check need not be the last one.
    expect(provenance?.trainedOn.episodes).toBeLessThanOrEqual(recipe.episodes);
  });

  test('does on held-out seeds what it says of itself', async () => {
    const { provenance } = await models.read(name);
    const { workload, dispatch, actions } = provenance!.trainedOn;
    const recipe = readRecipe(join(modelsFolder, 'recipes', `${name}.yml`));
    const scenario = scenarioFrom(config, {
      workload: { ...findWorkload(workload, config), phaseShuffle: recipe.phaseShuffle },
      ...{ profile: 'reference', dispatch: dispatch as 'fifo', actions: actions as 'one', lateCost: null },
    });
    const contender = await findContender(name, { scenario, modelsFolder });
    const environment = await simulatedEnvironments.open(scenario);
    let qos = 0;
    let workers = 0;
    for (let index = 0; index < EPISODES; index += 1) {
      const seed = heldOutSeed(7_000, index);
      const { summary } = await playEpisode({ environment, policy: await contender.policyFor(seed), seed });
      qos += summary.qos / EPISODES;
      workers += summary.workers.mean / EPISODES;
    }
    const said = z.object({ qos: z.number(), meanWorkers: z.number() }).parse(provenance?.evaluation);
    expect(Math.abs(qos - said.qos)).toBeLessThan(0.005);
    expect(Math.abs(workers - said.meanWorkers)).toBeLessThan(0.2);
  });
});

test('`best` stands for something on every workload', async () => {
  for (const workload of workloadNames) {
    const scenario = scenarioFrom(config, {
      ...{
        workload: findWorkload(workload, config),
        profile: 'reference',
        dispatch: 'fifo',
        actions: 'one',
        lateCost: null,
      },
    });
    expect((await findContender('best', { scenario, modelsFolder })).deployable).toBe(true);
  }
});
