import { SystemClock } from '#shared/clock.ts';
import { simulatedEnvironments } from '../environments.ts';
import { serveThread } from '../parallel/thread.ts';
import { openRunDirectory } from '../record/run-directory.ts';
import { trainAgent } from './train-agent.ts';
import type { TrainJob } from './train.ts';

/** A worker thread that does one training after the other (train.ts): its own composition root. */
serveThread(async ({ plan, directory, revision, timeLimitS }: TrainJob, { signal, report }) =>
  trainAgent(plan, {
    directory: openRunDirectory(directory),
    environments: simulatedEnvironments,
    revision,
    clock: new SystemClock(),
    signal,
    timeLimitS,
    onEpisode: report,
  }),
);
