import type { EmitterClient } from '../farm/emitter.ts';
import { count } from '../format.ts';
import type { Output } from '../output.ts';

/**
 * Says which runs the farm goes on with, such as one that `down` cut off: what they still emit comes before the run
 * that is about to start, and the farm's counters have the tasks of all.
 */
export async function remarkOtherRuns(emitter: Pick<EmitterClient, 'runs'>, output: Output): Promise<void> {
  for (const { run, workload, state, emitted, total } of await emitter.runs()) {
    if (state !== 'running') continue;
    output.remark(
      `${run} (${workload}) goes on, ${emitted} of ${count(total, 'task')} emitted: what it still emits comes before this run, and the ` +
        `progress counts its tasks as well; DELETE /function/emitter/runs/${run} ends it`,
    );
  }
}
