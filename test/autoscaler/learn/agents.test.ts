import { expect, test } from 'vitest';
import { defaultConfig } from '#shared/config-overrides.ts';
import { Sfc32 } from '#shared/rng.ts';
import { agentNames } from '#autoscaler/learn/agent-name.ts';
import { createLearner, loadLearner } from '#autoscaler/learn/agents.ts';

const options = {
  settings: defaultConfig.agents,
  actions: { name: 'one', minWorkers: 1, maxWorkers: 32 },
  rng: new Sfc32(1),
} as const;

test.each(agentNames)('%s is made and loaded by its name', async (name) => {
  const learner = await createLearner(name, options);
  expect(learner.name).toBe(name);
  const saved = learner.save({ resumable: false });
  expect(saved.agent).toBe(name);
  expect((await loadLearner(saved, { rng: new Sfc32(2) })).name).toBe(name);
});

test.each(['nobody', 'constructor', ''])('agent %j is refused, with the names that there are', async (name) => {
  const saved = (await createLearner('sarsa', options)).save({ resumable: false });
  const refusal = { code: 'UNKNOWN_AGENT', message: expect.stringContaining(agentNames.join(', ')) as string };
  await expect(createLearner(name, options)).rejects.toMatchObject(refusal);
  await expect(loadLearner({ ...saved, agent: name }, { rng: new Sfc32(1) })).rejects.toMatchObject(refusal);
});
