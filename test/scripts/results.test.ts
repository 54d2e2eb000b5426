import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ComparisonRow } from '#autoscaler/run/comparison-row.ts';
import { findContender } from '#autoscaler/run/play/find-contender.ts';
import { scenarioFrom } from '#autoscaler/run/scenario.ts';
import { parseConfig } from '#shared/config.ts';
import { findWorkload } from '#shared/workload/catalogue.ts';
import { markdownTable } from '../../scripts/results/markdown.ts';
import { tables } from '../../scripts/results/tables.ts';

const config = parseConfig('', { file: 'farm.yml', environment: {} });
const modelsFolder = join(import.meta.dirname, '..', '..', 'models');

describe.each(tables)('$title', ({ workload, dispatch, policies }) => {
  test('has fixed pools and a bound, and policies that there are', async () => {
    const scenario = scenarioFrom(config, {
      ...{ workload: findWorkload(workload, config), profile: 'reference', dispatch, actions: 'one', lateCost: null },
    });
    const found = await Promise.all(policies.map(({ name }) => findContender(name, { scenario, modelsFolder })));
    expect(found.map(({ name }) => name)).toEqual(policies.map(({ name }) => name));
    expect(found.filter(({ name }) => name.startsWith('static-')).length).toBeGreaterThanOrEqual(5);
    expect(found.filter(({ deployable }) => !deployable).length).toBeGreaterThanOrEqual(1);
  });
});

test('a row in Markdown', () => {
  const row = {
    policy: 'sarsa',
    deployable: true,
    usesClock: true,
    seeds: 1000,
    qos: 0.99204,
    qosCi: [0.9915, 0.9925],
    qosCollected: 0.993,
    qosByQuartile: [0.98, 0.99, 0.995, 0.999],
    meanWorkers: 14.781,
    desiredWorkers: 14.7,
    maxWorkers: 17.8,
    scalingActions: 24,
    reward: 153.84,
  } as unknown as ComparisonRow;
  expect(markdownTable([row]).split('\n').at(-1)).toBe(
    '| `sarsa` | 99.20 | ± 0.05 | 99.30 | 98.00 | 14.78 | 14.70 | 17.8 | 24.0 | 153.8 | 1000 | uses the clock |',
  );
});
