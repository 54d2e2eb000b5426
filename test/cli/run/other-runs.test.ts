import { expect, it } from 'vitest';
import type { RunStatus } from '../../../cli/farm/emitter.ts';
import { Output } from '../../../cli/output.ts';
import { remarkOtherRuns } from '../../../cli/run/other-runs.ts';
import { screen } from '../support/screen.ts';

const run: RunStatus = {
  ...{ run: 'r-done', workload: 'quick', seed: 1, state: 'done', phase: null, emitted: 51, total: 51, startedAt: 0 },
};

it('says which runs come first, and nothing of those that are over', async () => {
  const seen = screen();
  const stopped: RunStatus = { ...run, run: 'r-stopped', state: 'stopped', emitted: 3 };
  const running: RunStatus = { ...run, run: 'r-on', workload: 'ramp', state: 'running', emitted: 17 };
  await remarkOtherRuns({ runs: async () => [run, stopped, running] }, new Output(seen.streams, { json: true }));
  expect(seen.out()).toBe('');
  expect(seen.err()).toBe(
    'r-on (ramp) goes on, 17 of 51 tasks emitted: what it still emits comes before this run, and the progress counts its tasks as well; ' +
      'DELETE /function/emitter/runs/r-on ends it\n',
  );
});
