import { availableParallelism } from 'node:os';
import { wholeNumber } from '../arguments.ts';
import type { FarmhandCommand } from '../farmhand-command.ts';

/** What every command that plays held-out episodes takes. */
export interface SeedOptions {
  readonly seed?: number;
  readonly seeds: number;
  readonly jobs?: number;
}

export function addSeedOptions(command: FarmhandCommand, { seeds }: { seeds: number }): FarmhandCommand {
  return addJobsOption(
    addSeedOption(command).option(
      '--seeds <n>',
      'episodes, each with a seed of its own that no training sees',
      wholeNumber(1, 1_000_000),
      seeds,
    ),
  );
}

export function addSeedOption(command: FarmhandCommand): FarmhandCommand {
  return command.option('--seed <n>', 'where the seeds begin; default: farm.yml', wholeNumber(0, 2 ** 30 - 1));
}

/** Help must not depend on the machine that shows it, so the default has no number. */
export function addJobsOption(command: FarmhandCommand): FarmhandCommand {
  return command.option('--jobs <n>', 'threads; default: as many as there are cores', wholeNumber(1, 256));
}

export function threadsOf({ jobs }: { readonly jobs?: number | undefined }): number {
  return jobs ?? availableParallelism();
}
