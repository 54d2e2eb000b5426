import { expect, it } from 'vitest';
import { queuePlan, type Setting } from '../../../bench/queue/plan.ts';

const rows = (settings: readonly Setting[]): string[] =>
  settings.flatMap(({ concurrency, payloadBytes, aof, batches }) =>
    batches.map((batch) => [concurrency, batch, payloadBytes, aof].join(' ')),
  );

it('changes one thing at a time by default', () => {
  expect(rows(queuePlan({ full: false, always: false }).settings)).toEqual([
    '50 1 200 off',
    '50 16 200 off',
    '50 1 200 everysec',
    '50 16 200 everysec',
    '50 1 10000 off',
    '50 16 10000 off',
    '8 1 200 off',
    '1 1 200 off',
  ]);
});

it('has every combination with full, and AOF always where it is asked for', () => {
  const full = rows(queuePlan({ full: true, always: false }).settings);
  expect(full).toHaveLength(24);
  expect(new Set(full).size).toBe(24);
  expect(full).not.toContain('50 1 200 always');
  expect(rows(queuePlan({ full: true, always: true }).settings)).toHaveLength(36);
  expect(rows(queuePlan({ full: false, always: true }).settings)).toContain('50 16 200 always');
});

it('stays within a minute and a half by default', () => {
  const { settings, rounds, turnMs } = queuePlan({ full: false, always: false });
  // The whole way, and the loading and serving of about as many tasks.
  const turns = settings.reduce((sum, { batches }) => sum + 3 * (batches.length + 1), 0);
  expect((turns * rounds * turnMs) / 1000).toBeLessThan(80);
});
