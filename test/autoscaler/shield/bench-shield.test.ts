import { expect, test } from 'vitest';
import { loadConfig } from '#shared/config.ts';
import { benchShield } from '../../../bench/shield.ts';

test('policies that fail cost at most half a point behind the shield, and models that do not fail nothing', async () => {
  const { rows, models } = await benchShield({
    root: '.',
    config: loadConfig('farm.yml', {}),
    signal: AbortSignal.timeout(60_000),
    onStep: () => undefined,
    seeds: 20,
  });
  expect(rows.map(({ policy }) => policy)).toEqual([
    'faulty-nan',
    'faulty-throws',
    'faulty-hangs',
    'faulty-up',
    'faulty-down',
  ]);
  for (const row of rows) {
    expect(row.difference, row.policy).toBeGreaterThan(-0.5);
    expect(row.stepsToFallback, row.policy).toBeLessThanOrEqual(3);
    expect(row.takenOver, row.policy).toBe(1);
  }
  for (const row of models) {
    expect(row.difference, row.policy).toBeGreaterThan(-0.1);
    expect(row.workers - row.aloneWorkers, row.policy).toBeLessThan(0.3);
    expect(row.takenOver, row.policy).toBeLessThanOrEqual(0.05);
  }
});
