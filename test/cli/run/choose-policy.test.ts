import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLearner } from '#autoscaler/learn/agents.ts';
import { ModelFolder } from '#autoscaler/model-store/folder.ts';
import type { ActionSetName } from '#autoscaler/policy/action-set.ts';
import { parseConfig } from '#shared/config.ts';
import { Sfc32 } from '#shared/rng.ts';
import { choosePolicy } from '../../../cli/run/choose-policy.ts';
import { planRun, type RunPlan } from '../../../cli/run/plan.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const config = parseConfig('control: {maxWorkers: 8}', { file: 'farm.yml', environment: {} });

async function choose(policy: string, workload = 'reference', stored: string | null = null): Promise<RunPlan> {
  const models = new ModelFolder(temporaryFolder());
  for (const name of ['one', 'steps', 'target'] satisfies ActionSetName[]) {
    const actions = { name, minWorkers: 1, maxWorkers: 32 };
    const learner = await createLearner('sarsa', { settings: config.agents, actions, rng: new Sfc32(1) });
    models.write(`sarsa-${name}`, { model: learner.save({ resumable: false }), provenance: null });
  }
  writeFileSync(join(models.path, 'best.json'), JSON.stringify({ reference: 'sarsa-steps', default: 'trend' }));
  return choosePolicy(planRun({ workload, policy }, { config, cwd: models.path }), {
    ...{ config, models },
    storedModel: async (reference) => (reference === stored ? (await models.read('sarsa-steps')).model : null),
  });
}

describe('choosePolicy', () => {
  it('leaves a rule as it is, with farm.yml’s step', async () => {
    const { policy, episode } = await choose('static-3');
    expect(policy).toBe('static-3');
    expect(episode).not.toHaveProperty('maxScalingStep');
  });

  it.each([
    ['sarsa-one', 1],
    ['sarsa-steps', 4],
    ['sarsa-target', 31],
  ])('lets %s take the largest step that it was trained with', async (name, maxScalingStep) => {
    expect((await choose(name)).episode).toMatchObject({ policy: name, maxScalingStep });
  });

  it('takes a model that only the farm has, with the step that it was trained with', async () => {
    const chosen = await choose('sarsa-quick@2', 'quick', 'sarsa-quick@2');
    expect(chosen).toMatchObject({ policy: 'sarsa-quick@2', episode: { policy: 'sarsa-quick@2', maxScalingStep: 4 } });
  });

  it.each([
    ['reference-as-coded', 'sarsa-steps'],
    ['quick', 'trend'],
  ])('takes best for what it is on %s', async (workload, policy) => {
    expect(await choose('best', workload)).toMatchObject({ policy, episode: { policy } });
  });

  it.each([
    ['an unknown policy', 'nope', /"nope".*reactive-average.*trained model: best, sarsa-one, sarsa-steps/],
    ['a static policy over the bounds', 'static-9', /1 to 8/],
  ])('refuses %s', async (_what, policy, message) => {
    await expect(choose(policy)).rejects.toMatchObject({
      code: 'UNKNOWN_POLICY',
      message: expect.stringMatching(message) as string,
    });
  });
});
