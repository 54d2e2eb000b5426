import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readProvenance, type Provenance } from '#autoscaler/run/record/provenance.ts';
import { RUN_CONFIG, RUN_TIMES, writeRunConfig, type RunKind } from '#autoscaler/run/record/run-config.ts';
import { createRunDirectory, openRunDirectory, type RunDirectory } from '#autoscaler/run/record/run-directory.ts';
import { SECOND } from '#shared/clock.ts';
import { FarmhandError } from '#shared/errors.ts';
import type { Cli } from '../cli.ts';
import type { FarmhandCommand } from '../farmhand-command.ts';

export interface FolderOptions {
  readonly out?: string;
  readonly outputDir?: string;
}

export function addFolderOptions(command: FarmhandCommand): FarmhandCommand {
  return command
    .option('--output-dir <dir>', 'where the run gets a folder of its own', 'runs')
    .option('--out <dir>', 'the folder itself, instead');
}

/** A run that is about to begin. */
export interface OpenRun {
  readonly directory: RunDirectory;
  readonly provenance: Provenance;
  /** Notes in run.json when it began and ended, and how. */
  readonly end: (how: string) => void;
}

/** Makes the run's folder and writes its config.json. @throws USAGE for a folder that cannot be made */
export function beginRun(cli: Cli, options: FolderOptions, run: { kind: RunKind; settings: unknown }): OpenRun {
  const { clock, cwd } = cli;
  const farmTimeMs = clock.farmTime();
  const directory =
    options.out === undefined
      ? createRunDirectory(resolve(cwd, options.outputDir ?? 'runs'), { kind: run.kind, farmTimeMs })
      : openRunDirectory(resolve(cwd, options.out));
  const provenance = readProvenance(cli.root, cli.version);
  writeRunConfig(directory, { ...run, provenance });
  return { directory, provenance, end: timekeeper(cli, directory) };
}

/** Before work that takes long: whether what it leaves can be written. @throws USAGE; EACCES where nothing can be put there */
export function checkFolder({ cwd }: Cli, { out, outputDir = 'runs' }: FolderOptions): void {
  const { path } = openRunDirectory(resolve(cwd, out ?? outputDir));
  accessSync(path, constants.W_OK);
}

/** Begins to time a run, or a part of one that is resumed. */
export function timekeeper(
  { clock, args }: Pick<Cli, 'clock' | 'args'>,
  directory: RunDirectory,
): (how: string) => void {
  const startedAt = clock.farmTime();
  const startedMs = clock.monotonic();
  return (how) =>
    directory.writeJson(RUN_TIMES, {
      command: ['farmhand', ...args],
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(clock.farmTime()).toISOString(),
      seconds: (clock.monotonic() - startedMs) / SECOND,
      end: how,
    });
}

/** @throws USAGE when the folder that --out names is a run already, which goes on by `resume` */
export function refuseUsedFolder(cli: Cli, { out }: FolderOptions): void {
  if (out === undefined || !existsSync(join(resolve(cli.cwd, out), RUN_CONFIG))) return;
  throw new FarmhandError('USAGE', `--out ${out}: there is a run in it; --resume ${out} goes on with a training`);
}

export function modelsFolder({ root }: Pick<Cli, 'root'>): string {
  return join(root, 'models');
}
