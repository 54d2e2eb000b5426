import type { Environments } from '#autoscaler/run/environments.ts';
import { liveEnvironments } from '#autoscaler/run/live/live-environments.ts';
import type { FarmConfig } from '#shared/config.ts';
import { silentLogger } from '#shared/log.ts';
import { ensureFarm } from '../../local/launcher.ts';
import { stopFarm } from '../../local/stop-farm.ts';
import type { Cli } from '../cli.ts';
import { accessTo } from '../farm/farm-access.ts';
import type { Output } from '../output.ts';

/** Gives `use` the farm that is up, or one that is started for it and stopped after it, however it ends. */
export async function useLiveFarm<T>(
  cli: Cli,
  { config, output }: { config: FarmConfig; output: Output },
  use: (environments: Environments) => Promise<T>,
): Promise<T> {
  const { clock, signal } = cli;
  const { farm, started } = await ensureFarm({ ...cli, tied: true, onStep: (step) => output.say(`${step} ...`) });
  const access = accessTo(farm);
  try {
    output.say(started ? `The farm is up at ${farm.url}` : `Joins the farm that is up at ${farm.url}`);
    // Somebody else's work in a farm that was up is not this run's to bury.
    return await use(liveEnvironments({ farm: access, config, others: 'refuse', clock, log: silentLogger, signal }));
  } finally {
    await access.functions.close();
    if (started) {
      await stopFarm(cli);
      output.remark('The farm is down.');
    }
  }
}
