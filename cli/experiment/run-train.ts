import { resolve } from 'node:path';
import { drawFigures } from '#autoscaler/run/draw.ts';
import { readRunConfig, writeRunConfig } from '#autoscaler/run/record/run-config.ts';
import { readProvenance } from '#autoscaler/run/record/provenance.ts';
import { openRunDirectory, runDirectoryAt, type RunDirectory } from '#autoscaler/run/record/run-directory.ts';
import { hasCheckpoint } from '#autoscaler/run/train/checkpoint.ts';
import { trainingFigures } from '#autoscaler/run/train/figures.ts';
import { trainSettingsSchema, type TrainSettings } from '#autoscaler/run/train/train-settings.ts';
import { train, trainingFolder, type TrainResult } from '#autoscaler/run/train/train.ts';
import { FarmhandError } from '#shared/errors.ts';
import { loadFarmSettings } from '../../local/farm-settings.ts';
import { startBar } from '../bar.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { interruptedCode } from '../interrupted.ts';
import type { Output } from '../output.ts';
import { renderTraining } from '../render/training.ts';
import { conditions } from './run-simulate.ts';
import { beginRun, refuseUsedFolder, timekeeper } from './run-folder.ts';
import { threadsOf } from './seed-options.ts';
import { resumedSettings, trainSettings, type TrainCommandOptions } from './train-settings.ts';
import { withEnvironments } from './with-environments.ts';

/** A training that is to begin or to go on. */
interface TrainingRun {
  readonly directory: RunDirectory;
  readonly settings: TrainSettings;
  readonly revision: string | null;
  readonly end: (how: string) => void;
}

/** Trains, or goes on with a training; an interruption leaves a checkpoint and says how to go on. */
export async function runTrain(
  cli: Cli,
  { agent, options }: { agent: string | undefined; options: TrainCommandOptions },
  output: Output,
): Promise<ExitCode> {
  if (options.plotOnly !== undefined) return plotAgain(cli, options.plotOnly, output);
  const run = options.resume === undefined ? begin(cli, { agent, options }) : resume(cli, options, output);
  const result = await trainWithBar(cli, { run, options }, output);
  const interrupted = result.agents.some(({ end }) => end === 'interrupted');
  run.end(interrupted ? 'interrupted' : 'done');
  const { directory, settings } = run;
  if (interrupted) {
    output.remark(
      `Interrupted; the checkpoint is in ${directory.path}. 'farmhand train --resume ${directory.path}' goes on.`,
    );
  } else if (options.plots) {
    await draw(directory, settings);
  }
  output.say([...renderTraining(settings, result), '', `Written: ${directory.path}`].join('\n'));
  output.result({
    agent: settings.plan.agent,
    ...conditions(settings.plan.scenario),
    ...result,
    directory: directory.path,
  });
  return interrupted ? interruptedCode(cli.signal) : EXIT.ok;
}

function begin(cli: Cli, { agent, options }: { agent: string | undefined; options: TrainCommandOptions }): TrainingRun {
  refuseUsedFolder(cli, options);
  const { config } = loadFarmSettings(cli);
  const settings = trainSettings(agent, options, { config, cwd: cli.cwd });
  const { directory, provenance, end } = beginRun(cli, options, { kind: 'train', settings });
  return { directory, settings, revision: provenance.gitRevision, end };
}

/** The settings are those that it was begun with; only more episodes may be asked for. */
function resume(cli: Cli, options: TrainCommandOptions, output: Output): TrainingRun {
  const directory = runDirectoryAt(resolve(cli.cwd, options.resume ?? ''));
  const begun = readRunConfig(directory, 'train', trainSettingsSchema);
  const settings = resumedSettings(begun.settings, options);
  const provenance = readProvenance(cli.root, cli.version);
  if (begun.provenance.sourcesSha256 !== provenance.sourcesSha256) {
    output.remark('The code has changed since this training began: it goes on, and is no longer one of one piece.');
  }
  if (settings.plan.episodes !== begun.settings.plan.episodes) {
    writeRunConfig(directory, { kind: 'train', provenance: begun.provenance, settings });
  }
  return { directory, settings, revision: provenance.gitRevision, end: timekeeper(cli, directory) };
}

async function trainWithBar(
  cli: Cli,
  { run, options }: { run: TrainingRun; options: TrainCommandOptions },
  output: Output,
): Promise<TrainResult> {
  const { settings, directory, revision } = run;
  const { config } = loadFarmSettings(cli);
  const live = settings.plan.scenario.profile === 'live';
  return withEnvironments(cli, { live, config, output }, async (environments) => {
    const bar = startBar(output, { total: settings.plan.episodes * settings.agentSeeds.length, unit: 'episodes' });
    const done = settings.agentSeeds.map(() => 0);
    try {
      return await train(settings, {
        ...cli,
        directory,
        environments,
        revision,
        timeLimitS: options.timeLimit ?? null,
        threads: threadsOf(options),
        onEpisode: ({ episode }, of) => {
          done[of] = episode;
          bar.update(done.reduce((sum, episodes) => sum + episodes, 0));
        },
      });
    } finally {
      bar.stop();
    }
  });
}

async function plotAgain(cli: Cli, folder: string, output: Output): Promise<ExitCode> {
  const directory = runDirectoryAt(resolve(cli.cwd, folder));
  const { settings } = readRunConfig(directory, 'train', trainSettingsSchema);
  const paths = await draw(directory, settings);
  if (paths.length === 0) throw new FarmhandError('RUN_INVALID', `${directory.path}: no checkpoint to draw from`);
  output.say(paths.map((path) => `Written: ${path}`).join('\n'));
  output.result({ directory: directory.path, plots: paths });
  return EXIT.ok;
}

/** Draws the curves of each training that has a checkpoint. */
async function draw(directory: RunDirectory, settings: TrainSettings): Promise<string[]> {
  const paths: string[] = [];
  for (const [index, agentSeed] of settings.agentSeeds.entries()) {
    const own = openRunDirectory(trainingFolder(directory, settings, index));
    if (!hasCheckpoint(own)) continue;
    paths.push(...(await drawFigures(own, await trainingFigures(own, { ...settings.plan, agentSeed }))));
  }
  return paths;
}
