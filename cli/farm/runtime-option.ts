import { Option } from 'commander';
import type { Cli } from '../cli.ts';

/** `--runtime`, of the commands that may start a farm. */
export function runtimeOption(): Option {
  const what =
    'what functions run in: processes, or Docker containers of their images (docs/images.md); default: farm.yml';
  return new Option('--runtime <kind>', what).choices(['process', 'docker']);
}

/** The same as the variable FARM_LOCAL_RUNTIME, which the farm's daemon sees too. */
export function withRuntime(cli: Cli, runtime: string | undefined): Cli {
  return runtime === undefined ? cli : { ...cli, environment: { ...cli.environment, FARM_LOCAL_RUNTIME: runtime } };
}
