import { describe, expect, it } from 'vitest';
import { progressLine, renderProgress, type RunProgress } from '../../../cli/run/progress.ts';

const burst: RunProgress = {
  elapsedS: 6.7,
  phase: 'burst',
  emitted: 57,
  total: 137,
  waiting: 4,
  inFlight: 5,
  completed: 47,
  dead: 1,
  workers: { desired: 5, ready: 4 },
  arrivalRate: 14.213,
  qos: 0.9812,
};
const atStart: RunProgress = { ...burst, elapsedS: 0, phase: null, emitted: 0, arrivalRate: null, qos: null };
const atEnd: RunProgress = { ...burst, elapsedS: 24, phase: null, emitted: 137, completed: 136 };

describe('progress of a run', () => {
  it('is a table in a terminal and a line elsewhere', async () => {
    const shown = [burst, atStart, atEnd].map((progress) =>
      [...renderProgress('quick with reactive-average', progress), progressLine(progress), ''].join('\n'),
    );
    await expect(shown.join('\n')).toMatchFileSnapshot('../../golden/cli/run-progress.txt');
  });
});
