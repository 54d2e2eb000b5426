import { simulatedEnvironments } from '../environments.ts';
import { serveThread } from '../parallel/thread.ts';
import { findContender } from './find-contender.ts';
import type { PlayJob } from './play.ts';
import { playSeeds } from './play-seeds.ts';

/** A worker thread that plays seeds in virtual time (play.ts). */
serveThread(async ({ contender, scenario, modelsFolder, seeds, records }: PlayJob, { signal, report }) => {
  const environment = await simulatedEnvironments.open(scenario);
  try {
    const found = await findContender(contender, { scenario, modelsFolder });
    return await playSeeds(environment, found, { seeds, records, signal, onEpisode: () => report(1) });
  } finally {
    await environment.close();
  }
});
