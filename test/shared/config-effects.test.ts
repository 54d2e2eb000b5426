import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { overridable } from '#shared/config-overrides.ts';
import { parseConfig, type FarmConfig } from '#shared/config.ts';
import { cemEffects } from './config-effects/cem-effects.ts';
import { controlEffects } from './config-effects/control-effects.ts';
import { deadlineEffects } from './config-effects/deadline-effects.ts';
import { dqnEffects } from './config-effects/dqn-effects.ts';
import type { ConfigEffect } from './config-effects/effect.ts';
import { gatewayEffects } from './config-effects/gateway-effects.ts';
import { localEffects } from './config-effects/local-effects.ts';
import { processEffects } from './config-effects/process-effects.ts';
import { queueEffects } from './config-effects/queue-effects.ts';
import { sarsaEffects } from './config-effects/sarsa-effects.ts';
import { rewardEffects } from './config-effects/reward-effects.ts';
import { shieldEffects } from './config-effects/shield-effects.ts';
import { workloadEffects } from './config-effects/workload-effects.ts';

/**
 * Every key of farm.yml that is in use, changed, and what that changes. A row goes through the code that reads the key. To
 * add one: a ConfigEffect in the file of its part below config-effects/.
 */
const effects = [
  ...workloadEffects,
  ...controlEffects,
  ...shieldEffects,
  ...deadlineEffects,
  ...queueEffects,
  ...processEffects,
  ...localEffects,
  ...gatewayEffects,
  ...rewardEffects,
  ...sarsaEffects,
  ...dqnEffects,
  ...cemEffects,
];

/** Keys that act on processes, by the test that starts them and changes the key there. */
const shownElsewhere: Readonly<Record<string, string>> = {
  'control.drainTimeoutS': 'test/autoscaler/loop/autoscaler.test.ts',
  'gateway.url': 'test/autoscaler/handler.test.ts',
  'gateway.kubeconfig': 'test/autoscaler/scaler/kubernetes/kubernetes-scaler.test.ts',
  'worker.maxTaskS': 'test/functions/worker/work.test.ts',
  'worker.concurrency': 'test/functions/worker/worker-loop.test.ts',
  'worker.prefetch': 'test/functions/worker/worker-loop.test.ts',
  'worker.fileRoots': 'test/functions/worker/kinds/image.test.ts',
  'local.port': 'test/local/launcher.test.ts',
};

/** Keys that nothing reads: a record of where figures come from. */
const notRead = (key: string): boolean => key.endsWith('.rSquared');

const keys = new Map([...overridable.values()].map(({ path, fallback }) => [path.join('.'), fallback]));

/** The configuration with this much set by the environment. */
function configWith(row: ConfigEffect, changed: boolean): FarmConfig {
  const variable = `FARM_${row.key.toUpperCase().replaceAll('.', '_')}`;
  const text = typeof row.to === 'string' ? row.to : JSON.stringify(row.to);
  return parseConfig(row.given ?? '', { file: 'farm.yml', environment: changed ? { [variable]: text } : {} });
}

describe.each(effects)('$key', (row) => {
  test(`changes ${row.shows}`, async () => {
    expect(row.after).not.toEqual(row.before);
    expect(keys.get(row.key), 'the row changes the key').not.toEqual(row.to);
    expect(await row.effect(configWith(row, false))).toEqual(row.before);
    expect(await row.effect(configWith(row, true))).toEqual(row.after);
  });
});

describe('the table', () => {
  test('has every key that is in use', () => {
    const shown = new Set([...effects.map(({ key }) => key), ...Object.keys(shownElsewhere)]);
    expect([...keys.keys()].filter((key) => !shown.has(key) && !notRead(key))).toEqual([]);
  });

  test('has no key that is not there', () => {
    expect([...effects.map(({ key }) => key), ...Object.keys(shownElsewhere)].filter((key) => !keys.has(key))).toEqual(
      [],
    );
  });

  test.each(Object.entries(shownElsewhere))('%s is changed in %s', (key, file) => {
    const text = readFileSync(file, 'utf8');
    const word = key.split('.').at(-1)!;
    const variable = `FARM_${key.toUpperCase().replaceAll('.', '_')}`;
    expect(text.includes(word) || text.includes(variable)).toBe(true);
  });
});
