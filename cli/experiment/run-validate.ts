import { resolve } from 'node:path';
import { simulatedEnvironments } from '#autoscaler/run/environments.ts';
import { scenarioFrom, withControl } from '#autoscaler/run/scenario.ts';
import { readRecordings } from '#autoscaler/run/validate/recordings.ts';
import { validate } from '#autoscaler/run/validate/validate.ts';
import { loadWorkload } from '#shared/workload/load-workload.ts';
import { loadFarmSettings } from '../../local/farm-settings.ts';
import { startBar } from '../bar.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { renderValidation } from '../render/validation.ts';
import { modelsFolder } from './run-folder.ts';
import { threadsOf } from './seed-options.ts';

export interface ValidateCommandOptions {
  readonly recordings: string;
  readonly workload: string;
  readonly profile: 'reference' | 'farmhand';
  readonly replications: number;
  readonly seeds: number;
  readonly seed?: number;
  readonly jobs?: number;
}

/** Holds the simulator against recordings; the exit code says whether it stood. */
export async function runValidate(cli: Cli, options: ValidateCommandOptions, output: Output): Promise<ExitCode> {
  const recordings = readRecordings(resolve(cli.cwd, options.recordings));
  const { config } = loadFarmSettings(cli);
  const { stepDurationS, maxSteps, initialWorkers } = recordings;
  const scenario = scenarioFrom(config, {
    workload: withControl(loadWorkload(options.workload, config), { stepDurationS, maxSteps, initialWorkers }),
    profile: options.profile,
    dispatch: 'fifo',
    actions: 'one',
    lateCost: null,
  });
  const bar = startBar(output, { total: 2 * options.seeds, unit: 'closed-loop episodes' });
  let done = 0;
  try {
    const validation = await validate({
      recordings,
      scenario,
      replications: options.replications,
      seed: options.seed ?? config.workload.seed,
      seeds: options.seeds,
      modelsFolder: modelsFolder(cli),
      environments: simulatedEnvironments,
      threads: threadsOf(options),
      signal: cli.signal,
      onEpisode: () => bar.update((done += 1)),
    });
    bar.stop();
    output.say(renderValidation(validation).join('\n'));
    output.result(validation);
    const stood = [...validation.agents, ...validation.closedLoop].every(({ within }) => within);
    return stood ? EXIT.ok : EXIT.workFailed;
  } finally {
    bar.stop();
  }
}
