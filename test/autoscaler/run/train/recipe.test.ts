import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecipe, recipePlan } from '#autoscaler/run/train/recipe.ts';
import { trainingPlanSchema } from '#autoscaler/run/train/plan.ts';
import { defaultConfig } from '#shared/config-overrides.ts';

const RECIPES = join(import.meta.dirname, '..', '..', '..', '..', 'models', 'recipes');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farmhand-recipe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function recipe(text: string): string {
  const file = join(folder, 'recipe.yml');
  writeFileSync(file, text);
  return file;
}

test.each(readdirSync(RECIPES))('%s describes a training', (file) => {
  const plan = recipePlan(readRecipe(join(RECIPES, file)), { config: defaultConfig, seed: 42 });
  expect(trainingPlanSchema.parse({ ...plan, agentSeed: 42 })).toEqual({ ...plan, agentSeed: 42 });
});

test('what it says is planned, and what it leaves out is as by default', () => {
  const file = recipe('{ agent: cem, episodes: 20, phaseShuffle: true, settings: { population: 5, elites: 2 } }');
  const plan = recipePlan(readRecipe(file), { config: defaultConfig, seed: 42 });
  expect(plan).toMatchObject({ agent: 'cem', episodes: 20, scenario: { workload: { phaseShuffle: true } } });
  expect(plan.settings).toEqual({
    ...defaultConfig.agents,
    cem: { ...defaultConfig.agents.cem, population: 5, elites: 2 },
  });
});

test('phases stay in their order where it says nothing', () => {
  const plan = recipePlan(readRecipe(recipe('{ agent: sarsa, episodes: 20 }')), { config: defaultConfig, seed: 42 });
  expect(plan.scenario.workload.phaseShuffle).toBe(false);
});

test.each([
  { text: 'agent: oracle', message: /recipe .*recipe\.yml: agent: / },
  { text: '{ agent: cem, episodes: 2, luck: 1 }', message: /luck/ },
  {
    text: '{ agent: cem, episodes: 2, settings: { elites: 50 } }',
    message: /settings\.elites: expected at most population/,
  },
  { text: '{ agent: dqn, episodes: 2, settings: { knots: [1, 2] } }', message: /settings.*knots/ },
])('$text is refused, by file and key', ({ text, message }) => {
  expect(() => readRecipe(recipe(text))).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) as string }) as Error,
  );
});
