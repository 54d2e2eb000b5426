import { simulatedEnvironments, type Environments } from '#autoscaler/run/environments.ts';
import type { FarmConfig } from '#shared/config.ts';
import type { Cli } from '../cli.ts';
import type { Output } from '../output.ts';

/**
 * Gives `use` simulated farms, or with `live` the farm that is up, or one of its own that ends with it.
 * @throws what `use` throws; FARM_DIFFERS, START_FAILED
 */
export async function withEnvironments<T>(
  cli: Cli,
  { live, config, output }: { live: boolean; config: FarmConfig; output: Output },
  use: (environments: Environments) => Promise<T>,
): Promise<T> {
  if (!live) return use(simulatedEnvironments);
  const { useLiveFarm } = await import('./live-farm.ts');
  return useLiveFarm(cli, { config, output }, use);
}
